// What stands in a page that was loaded: the body of a function of the width that the page may have.
const width = arguments[0];
const root = document.documentElement;

// What holds the whole page may scroll in the page's place, or cut it off; what is inside may scroll itself.
const holders = [];
for (let at = document.querySelector("main"); at; at = at.parentElement) holders.push(at);
const left = (element) => element.getBoundingClientRect().left;
const reach = holders.filter((holder) => holder.scrollWidth > holder.clientWidth).map((holder) => Math.ceil(left(holder)) + holder.scrollWidth);
const needed = Math.max(root.scrollWidth, ...reach);

const scrolls = (element) => {
  for (let at = element.parentElement; at && !holders.includes(at); at = at.parentElement) {
    if (getComputedStyle(at).overflowX !== "visible") return true;
  }
  return false;
};
const wide = needed <= width ? [] : Array.from(document.body.querySelectorAll("*"))
  .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element));

const diagrams = Array.from(document.querySelectorAll("figure.diagram, .mermaid, svg.diagram"));
const drawn = (element) => {
  const picture = element.localName === "svg" ? element : element.querySelector("svg");
  const box = picture ? picture.getBoundingClientRect() : { width: 0, height: 0 };
  // What is folded has no size on the screen; it still has one of its own.
  const folded = picture && !picture.checkVisibility();
  return folded ? picture.viewBox.baseVal.width > 0 : box.width > 100 && box.height > 50;
};
const sources = Array.from(document.querySelectorAll("code.language-mermaid"));

return {
  ids: Array.from(document.querySelectorAll("[id]"), (element) => element.id),
  links: Array.from(document.querySelectorAll("a[href]"), (link) => ({ href: String(link.href.baseVal ?? link.href), name: nameOf(link) })),
  diagrams: diagrams.length,
  undrawn: diagrams.filter((element) => !drawn(element)).concat(sources).map(nameOf),
  width: needed,
  wide: wide.filter((element) => !wide.some((other) => other !== element && element.contains(other))).slice(0, 3).map(nameOf),
};
