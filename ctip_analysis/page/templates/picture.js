"use strict";
// Beside the CSV of each figure, a button that saves the figure as a PNG: drawn from the page's own SVG, without a request.
const KIND = "image/svg+xml";
for (const figure of document.querySelectorAll("figure.plot")) {
  const drawing = figure.querySelector("svg.wide, svg.whole"), csv = figure.querySelector("a[download]");
  if (!drawing || !csv) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Download as PNG";
  csv.after(" ", button);
  button.onclick = async () => {
    const copy = drawing.cloneNode(true), { width, height } = drawing.viewBox.baseVal, scale = 2000 / width;
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
