// How a complaint names an element: its nearest ids and classes, from the outside in.
const nameOf = (element) => {
  const parts = [];
  for (let at = element; at && at !== document.body && parts.length < 3; at = at.parentElement) {
    const id = at.id ? "#" + at.id : "";
    const classes = id ? "" : Array.from(at.classList).map((name) => "." + name).join("");
    parts.unshift(at.localName + id + classes);
    if (id) break;
  }
  return parts.join(" > ") || "body";
};
