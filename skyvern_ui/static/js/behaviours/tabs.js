// [data-tabs]: where the row of tabs is wider than the window, the current one is in sight.
const centre = (row) => {
  const tab = row.querySelector(":scope > [aria-current]");
  if (tab) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
};
const show = (root) => {
  for (const row of root.querySelectorAll("[data-tabs]")) centre(row);
};

show(document);
document.addEventListener("htmx:load", (event) => show(event.target));
