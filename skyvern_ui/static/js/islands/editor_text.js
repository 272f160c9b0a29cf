// The box with the text: line numbers, Tab indents (Escape first lets it leave), the wrong line in sight.
export function start({ root }) {
  const number = (box) => {
    const lines = box.previousElementSibling;
    const wrong = Number(box.dataset.wrongLine ?? 0);
    const count = box.value.split("\n").length;
    if (Number(lines.dataset.count) === count) return;
    lines.dataset.count = count;
    lines.replaceChildren(...Array.from({ length: count }, (_, index) => {
      const mark = document.createElement(index + 1 === wrong ? "mark" : "span");
      mark.textContent = `${index + 1}\n`;
      return mark;
    }));
    lines.style.blockSize = `${box.offsetHeight}px`;
  };
  const met = new WeakSet();
  const meet = () => {
    const box = root.querySelector(".texted__text");
    if (!box || box.previousElementSibling.dataset.count) return;
    number(box);
    if (met.has(box)) return;
    met.add(box);
    const wrong = Number(box.dataset.wrongLine ?? 0);
    box.addEventListener("scroll", () => { box.previousElementSibling.scrollTop = box.scrollTop; });
    box.addEventListener("input", () => number(box));
    new ResizeObserver(() => { box.previousElementSibling.style.blockSize = `${box.offsetHeight}px`; }).observe(box);
    if (!wrong) return;
    const start = box.value.split("\n").slice(0, wrong - 1).join("\n").length + (wrong > 1 ? 1 : 0);
    box.focus();
    box.setSelectionRange(start + Number(box.dataset.wrongColumn) - 1, start + Number(box.dataset.wrongColumn) - 1);
    box.scrollTop = Math.max(0, (box.scrollHeight / box.value.split("\n").length) * (wrong - 6));
  };
  let leaves = false;
  root.addEventListener("keydown", (event) => {
    if (!event.target.matches(".texted__text")) return;
    if (event.key === "Tab" && !leaves && !event.shiftKey) {
      event.preventDefault();
      event.target.setRangeText("  ", event.target.selectionStart, event.target.selectionEnd, "end");
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
    leaves = event.key === "Escape";
  });
  document.addEventListener("htmx:afterSettle", meet);
  meet();
}
