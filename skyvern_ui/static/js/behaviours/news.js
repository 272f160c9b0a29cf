// [data-news]: something a reader waited for has happened. Shown in the corner with the way there, until it is
// dismissed; and by the computer itself, where that was allowed and the page is not in sight.
const line = (each) => {
  const item = document.createElement("div");
  item.className = "toast";
  item.dataset.kind = each.dataset.kind;
  const text = document.createElement("p");
  const link = document.createElement("a");
  link.className = "link";
  link.href = each.dataset.href;
  link.textContent = each.textContent;
  text.append(link);
  if (each.dataset.more) text.append(document.createElement("br"), each.dataset.more);
  const close = document.createElement("button");
  close.className = "toast__close";
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", "Dismiss");
  close.addEventListener("click", () => item.remove());
  item.append(text, close);
  return item;
};
const announce = (each) => {
  if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
  const { href, more } = each.dataset;
  try {
    const shown = new Notification(each.textContent, { body: more, tag: href });
    shown.addEventListener("click", () => { window.focus(); location.assign(href); });
  } catch {
    // Some phones allow this only to a service worker, which we do not have; the line in the corner stays.
  }
};
const tell = (root) => {
  for (const each of root.querySelectorAll("[data-news]")) {
    document.getElementById("toasts")?.append(line(each));
    announce(each);
    each.remove();
  }
};

// [data-allow-news]: asks the reader's browser, on a press, and is gone once it has an answer.
const offer = (root) => {
  const open = "Notification" in window && Notification.permission === "default";
  for (const button of root.querySelectorAll("[data-allow-news]")) button.hidden = !open;
};
document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-allow-news]")) return;
  await Notification.requestPermission();
  offer(document);
});

tell(document);
offer(document);
document.addEventListener("htmx:load", (event) => {
  tell(event.target.parentElement ?? event.target);
  offer(event.target);
});
