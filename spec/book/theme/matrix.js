// The filters of the requirement matrix: rows that do not fit are hidden, and so is a table without rows.
(function () {
    "use strict";

    const filters = document.querySelector(".matrix-filters");
    if (!filters) { return; }

    const names = ["profile", "role", "level"];
    const rows = Array.from(document.querySelectorAll(".matrix tr[data-profile]"));
    const groups = Array.from(document.querySelectorAll("section.matrix"));
    const count = document.getElementById("matrix-count");
    const chosen = (name) => document.getElementById("matrix-" + name).value;

    const filter = () => {
        const wanted = names.map((name) => [name, chosen(name)]).filter(([, value]) => value !== "");
        rows.forEach((row) => {
            row.hidden = !wanted.every(([name, value]) => row.dataset[name] === value);
        });
        groups.forEach((group) => {
            group.hidden = !group.querySelector("tr[data-profile]:not([hidden])");
        });
        const shown = rows.filter((row) => !row.hidden).length;
        count.textContent = shown + " of " + rows.length + " requirements";
    };

    filters.addEventListener("change", filter);
    filters.addEventListener("submit", (event) => event.preventDefault());
    // A browser that comes back to the page restores the choice, but not what it hid.
    window.addEventListener("pageshow", filter);
    filters.hidden = false;
    filter();
})();
