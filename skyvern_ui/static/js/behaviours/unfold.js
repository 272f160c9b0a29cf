// [data-unfold="id"]: opens everything inside, or closes it again. What is fetched when it opens is opened a few at a
// time only, so that a thousand blocks do not become a thousand requests.
const MOST = 10;
const show = (root) => root.querySelectorAll("[data-unfold][hidden]").forEach((button) => { button.hidden = false; });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-unfold]");
  if (!button) return;
  const opens = button.getAttribute("aria-pressed") !== "true";
  let fetched = 0;
  for (const box of document.getElementById(button.dataset.unfold)?.querySelectorAll("details") ?? []) {
    const asks = opens && !box.open && box.querySelector(":scope > [hx-get]:not([data-kept])");
    if (asks && ++fetched > MOST) continue;
    box.open = opens;
  }
  button.setAttribute("aria-pressed", String(opens));
});

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
