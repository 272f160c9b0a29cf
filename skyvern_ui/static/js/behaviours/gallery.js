// [data-gallery="dialog-id"]: pictures open in a dialog; arrow keys walk, Escape closes, the link still works alone.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-gallery] a[data-shot]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const list = link.closest("[data-gallery]");
  const dialog = document.getElementById(list.dataset.gallery);
  if (!dialog) return;
  event.preventDefault();
  const links = [...list.querySelectorAll("a[data-shot]")];
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
  let at = links.indexOf(link);

  const show = (index) => {
    at = (index + links.length) % links.length;
    part("picture").src = links[at].href;
    part("picture").alt = links[at].querySelector("img")?.alt ?? links[at].dataset.caption;
    part("caption").textContent = links[at].dataset.caption;
    part("open").href = links[at].href;
    for (const ahead of [at + 1, at - 1]) new Image().src = links[(ahead + links.length) % links.length].href;
  };
  part("previous").onclick = () => show(at - 1);
  part("next").onclick = () => show(at + 1);
  dialog.onkeydown = (key) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[key.key];
    if (step) show(at + step);
    else if (key.key === "Home") show(0);
    else if (key.key === "End") show(links.length - 1);
    else return;
    key.preventDefault();
  };
  dialog.onclose = () => {
    part("picture").removeAttribute("src");
    links[at].focus();
  };
  show(at);
  dialog.showModal();
});
