"use strict";
// A map of provinces by year: hover, Tab and arrow keys say the value; Enter says those of all years; buttons switch the year.
const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
for (const map of document.querySelectorAll(".map")) {
  const all = (selector) => [...map.querySelectorAll(selector)];
  const layers = all(".layer"), names = all(".names"), buttons = all("button"), ring = map.querySelector(".ring");
  const said = map.querySelector(".said"), every = map.querySelector(".every"), hint = said.textContent;
  const label = (unit) => unit.getAttribute("aria-label");
  const place = (unit) => [...unit.parentNode.children].indexOf(unit);  // the same in each layer: they are in order of codes
  const units = () => [...layers[year].children];
  let year = buttons.length - 1, here = null;

  function centre(unit) {
    const box = unit.getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  }
  function nearest(unit, [right, down]) {
    const [x, y] = centre(unit);
    const cost = (other) => {
      const [dx, dy] = [centre(other)[0] - x, centre(other)[1] - y], along = dx * right + dy * down;
      return along > 0 ? along + 2 * Math.abs(dx * down + dy * right) : Infinity;
    };
    const best = units().reduce((one, other) => (cost(other) < cost(one) ? other : one));
    return cost(best) < Infinity ? best : unit;
  }
  function show(unit) {
    said.textContent = unit ? label(unit) : hint;
    unit ? ring.setAttribute("href", unit.getAttribute("href")) : ring.removeAttribute("href");
  }
  function stop(unit) {  // the one province that Tab reaches
    units().forEach((one) => one.setAttribute("tabindex", one === unit ? 0 : -1));
    here = unit;
  }
  function say(unit) {
    const same = layers.map((layer) => layer.children[place(unit)]).filter((one) => one);
    every.textContent = same.map(label).join("; ");
  }
  function turn(to) {
    year = to;
    [layers, names].forEach((parts) => parts.forEach((part, at) => part.classList.toggle("off", at !== year)));
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", at === year));
    stop(units()[here ? place(here) : 0] || units()[0]);
    show(null);
  }
  buttons.forEach((button, at) => button.addEventListener("click", () => turn(at)));
  layers.flatMap((layer) => [...layer.children]).forEach((unit) => {
    unit.addEventListener("pointerenter", () => show(unit));
    unit.addEventListener("pointerleave", () => show(null));
    unit.addEventListener("focus", () => (stop(unit), show(unit)));
    unit.addEventListener("click", () => (unit.focus(), say(unit)));
    unit.addEventListener("keydown", (event) => {
      if (event.key in WAYS) nearest(unit, WAYS[event.key]).focus();
      else if (event.key === "Enter") say(unit);
      else return;
      event.preventDefault();
    });
  });
  map.classList.add("on");
  turn(year);
}
