// What a reader sees of the report, as it is filtered and unfolded now.
const sees = (element) => Boolean(element) && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
const text = (element) => element ? element.textContent.trim() : "";
const marks = (finding) => Array.from(finding.querySelectorAll("svg.diagram .marked"));
return {
  verdict: sees(document.querySelector(".verdict")) ? text(document.querySelector(".verdict")) : "",
  filters: sees(document.getElementById("filters")),
  said: text(document.getElementById("f-said")),
  items: Array.from(document.querySelectorAll(".item"), (item) => ({
    id: item.id,
    hidden: item.hidden,
    text: item.textContent.toLowerCase(),
    role: item.dataset.role,
    level: item.dataset.level,
    verdict: item.dataset.verdict,
  })),
  findings: Array.from(document.querySelectorAll(".finding"), (finding) => ({
    id: finding.id,
    verdict: finding.dataset.verdict,
    expected: sees(finding.querySelector(".expected dd")) && text(finding.querySelector(".expected dd")) !== "",
    actual: sees(finding.querySelector(".actual dd")) && text(finding.querySelector(".actual dd")) !== "",
    diagram: sees(finding.querySelector("svg.diagram")),
    marks: marks(finding).filter((mark) => sees(mark) && mark.getBoundingClientRect().height > 10).length,
  })),
};
