(function () {
  "use strict";
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var get = function (id) { return document.getElementById(id); };
  var items = all(".item");
  var texts = items.map(function (item) { return item.textContent.toLowerCase(); });
  var text = get("f-text"), role = get("f-role"), level = get("f-level"), verdict = get("f-verdict");

  var has = function (item, name, wanted) {
    return !wanted || item.dataset[name].split(" ").indexOf(wanted) >= 0;
  };

  var filter = function () {
    var words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var requirements = 0, scenarios = 0;
    items.forEach(function (item, index) {
      var shown = has(item, "role", role.value) && has(item, "level", level.value) && has(item, "verdict", verdict.value) &&
        words.every(function (word) { return texts[index].indexOf(word) >= 0; });
      item.hidden = !shown;
      if (shown && item.tagName === "LI") { requirements += 1; }
      if (shown && item.tagName !== "LI") { scenarios += 1; }
    });
    all(".index li").forEach(function (entry) {
      entry.hidden = get(entry.querySelector("a").hash.slice(1)).hidden;
    });
    all(".group").forEach(function (group) {
      group.hidden = !group.querySelector(".item:not([hidden])");
    });
    get("f-said").textContent = requirements + (requirements === 1 ? " requirement, " : " requirements, ") +
      scenarios + (scenarios === 1 ? " scenario" : " scenarios");
  };

  var reset = function () {
    [text, role, level, verdict].forEach(function (field) { field.value = ""; });
    filter();
  };

  var fold = function (open) {
    items.forEach(function (item) {
      if (item.tagName === "DETAILS" && !item.hidden) { item.open = open; }
    });
  };

  var follow = function () {
    var item = get(decodeURIComponent(location.hash.slice(1)));
    if (!item || !item.classList.contains("item")) { return; }
    if (item.hidden) { reset(); }
    if (item.tagName === "DETAILS") { item.open = true; }
    item.scrollIntoView();
  };

  [role, level, verdict].forEach(function (field) { field.addEventListener("change", filter); });
  text.addEventListener("input", filter);
  get("f-reset").addEventListener("click", reset);
  get("f-open").addEventListener("click", function () { fold(true); });
  get("f-fold").addEventListener("click", function () { fold(false); });
  window.addEventListener("hashchange", follow);
  window.addEventListener("beforeprint", function () {
    all(".finding, .finding details").forEach(function (part) { part.open = true; });
  });
  get("filters").hidden = false;
  reset();
  follow();
})();
