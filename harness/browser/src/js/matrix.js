// The rows of the matrix, with what they say of themselves.
const count = document.getElementById("matrix-count");
return {
  count: count && count.checkVisibility() ? count.textContent : "",
  rows: Array.from(document.querySelectorAll("tr[data-profile]"), (row) => ({
    id: row.cells[0].textContent.trim(),
    shown: row.checkVisibility(),
    profile: row.dataset.profile,
    role: row.dataset.role,
    level: row.dataset.level,
  })),
};
