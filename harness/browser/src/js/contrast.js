// The contrast of every text that is seen, as WCAG 2 counts it: the body of a function of the least ratio.
const least = arguments[0];
document.querySelectorAll("details").forEach((details) => { details.open = true; });

// A colour of any syntax as red, green, blue and alpha, which a canvas knows.
const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
const known = new Map();
const colour = (text) => {
  if (!known.has(text)) {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = text;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    known.set(text, [red, green, blue, alpha / 255]);
  }
  return known.get(text);
};
const over = (top, opacity, below) => {
  const alpha = top[3] * opacity;
  return [0, 1, 2].map((i) => top[i] * alpha + below[i] * (1 - alpha)).concat(1);
};
const luminance = (rgb) => {
  const [red, green, blue] = rgb.slice(0, 3).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const ratio = (one, other) => {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
};

// What is behind an element, and how opaque the element itself is.
const behind = (element) => {
  const chain = [];
  for (let at = element; at; at = at.parentElement) chain.unshift(at);
  let opacity = 1;
  let below = [255, 255, 255, 1];
  for (const at of chain) {
    const style = getComputedStyle(at);
    opacity *= Number(style.opacity);
    if (!(at instanceof SVGElement)) below = over(colour(style.backgroundColor), opacity, below);
  }
  return { below, opacity };
};
// In a drawing, the areas that were drawn before a text and hold its middle are behind it.
const behindInDrawing = (element, box, below) => {
  const x = (box.left + box.right) / 2;
  const y = (box.top + box.bottom) / 2;
  for (const area of element.ownerSVGElement.querySelectorAll("rect")) {
    const before = area.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
    const at = area.getBoundingClientRect();
    const fill = getComputedStyle(area).fill;
    if (before && fill !== "none" && at.left <= x && x <= at.right && at.top <= y && y <= at.bottom) below = over(colour(fill), 1, below);
  }
  return below;
};

let seen = 0;
const bad = new Map();
const judge = (element, box, text) => {
  const style = getComputedStyle(element);
  const inDrawing = element instanceof SVGElement && element.ownerSVGElement;
  const around = behind(element);
  const below = inDrawing ? behindInDrawing(element, box, around.below) : around.below;
  const ink = over(colour(inDrawing ? style.fill : style.color), around.opacity, below);
  seen += 1;
  const found = ratio(ink, below);
  if (found >= least) return;
  const key = [ink, below, element.localName, element.className.baseVal ?? element.className].join();
  const same = bad.get(key) ?? { name: nameOf(element), text: text.trim().slice(0, 40), ratio: found, count: 0 };
  same.count += 1;
  bad.set(key, same);
};

const sees = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: false });
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const range = document.createRange();
for (let node = texts.nextNode(); node; node = texts.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || element.closest("script, style, template, noscript, option, title") || !sees(element)) continue;
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width && box.height && box.right > 0) judge(element, box, node.data);
}
for (const field of document.querySelectorAll("select, input:not([type=checkbox])")) {
  const box = field.getBoundingClientRect();
  if (sees(field) && box.width && box.right > 0) judge(field, box, field.value);
}
return { seen, bad: Array.from(bad.values()).sort((a, b) => a.ratio - b.ratio) };
