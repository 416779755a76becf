"use strict";
// Beside the CSV of each figure, a button that saves the figure as a PNG: drawn from the page's own SVG, without a request.
const KIND = "image/svg+xml", LINE = 20;
function withKey(copy, figure) {  // a map whose key is beside the drawing: the key below it, without the years not chosen
  const shown = [...figure.querySelectorAll(".key li")], year = figure.querySelector("button[aria-pressed=true]");
  const { width, height } = copy.viewBox.baseVal;
  const heads = [...figure.querySelectorAll(".key-head")].map((head) => head.textContent);
  copy.querySelectorAll(".off").forEach((layer) => layer.remove());
  [`${year ? year.textContent + ", " : ""}${heads[0]}`, ...shown, heads[1]].forEach((row, at) => {
    const text = copy.appendChild(document.createElementNS(copy.namespaceURI, "text")), y = height + LINE * (at + 1);
    text.textContent = row.textContent ?? row;
    text.setAttribute("transform", `translate(${row.textContent ? 36 : 8} ${y})`);
    const rect = row.textContent && copy.appendChild(row.querySelector("rect").cloneNode());
    if (rect) rect.setAttribute("transform", `translate(8 ${y - 10})`);
  });
  copy.setAttribute("viewBox", `0 0 ${width} ${height + LINE * (shown.length + 3)}`);
}
for (const figure of document.querySelectorAll("figure.plot")) {
  const drawing = figure.querySelector("svg.wide, svg.whole, svg.places"), csv = figure.querySelector("a[download]");
  if (!drawing || !csv) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Download as PNG";
  csv.after(" ", button);
  button.onclick = async () => {
    const copy = drawing.cloneNode(true);
    if (drawing.matches(".places")) withKey(copy, figure);
    const { width, height } = copy.viewBox.baseVal, scale = 2000 / width;
    const style = document.createElementNS(copy.namespaceURI, "style");
    style.textContent = document.querySelector("style").textContent + 'svg{font-family:"CTIP Sans","CTIP Khmer"}';
    copy.prepend(style);
    copy.setAttribute("width", width * scale);
    copy.setAttribute("height", height * scale);
    const picture = new Image();
    picture.src = `data:${KIND},${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0);
    const link = document.createElement("a");
    link.download = csv.download.replace(".csv", ".png");
    link.href = canvas.toDataURL("image/png");
    link.click();
  };
}
