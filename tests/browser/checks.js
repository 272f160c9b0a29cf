// What is wrong with the page as it is drawn: a list of sentences, empty when all is well.
() => {
  const wrong = [];
  const name = (e) => {
    const classes = typeof e.className === "string" && e.className ? "." + e.className.trim().split(/\s+/).join(".") : "";
    const words = (e.innerText || e.value || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${classes}> "${words}"`;
  };
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })
    && !e.closest(".visually-hidden, .skip");
  const all = [...document.body.querySelectorAll("*")].filter(shown);

  // Width.
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}`);
  if (document.querySelectorAll("h1").length !== 1) wrong.push(`${document.querySelectorAll("h1").length} <h1>`);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) wrong.push(`the id ${id} twice`);
  for (const e of document.querySelectorAll("label[for]")) if (!document.getElementById(e.htmlFor)) wrong.push(`a label for nothing: ${name(e)}`);

  // Colours, flattened on a canvas because computed styles speak oklch.
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (text) => {
    if (!known.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = "rgba(0,0,0,0)";
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const light = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
    return (x + .05) / (y + .05);
  };
  const fade = (e) => { let o = 1; for (let at = e; at; at = at.parentElement) o *= Number(getComputedStyle(at).opacity); return o; };
  const legible = (e, colour, what) => {
    const below = ground(e);
    const [r, g, b, a] = rgba(colour);
    const ratio = contrast(over([r, g, b, a * fade(e)], below), below);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)} of ${what} ${name(e)}`);
  };
  const disabled = (e) => e.closest(":disabled, [aria-disabled=true]");
  const hasText = (e) => !e.matches("video, canvas, noscript") && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  for (const e of all) {
    if (disabled(e)) continue;
    if (hasText(e) && !e.closest("svg")) legible(e, getComputedStyle(e).color, "the text of");
    if (e.matches("input:not([type=hidden], [type=checkbox], [type=radio]), textarea")) {
      if (e.placeholder && !e.value) legible(e, getComputedStyle(e, "::placeholder").color, "the placeholder of");
      else if (e.value) legible(e, getComputedStyle(e).color, "the value of");
    }
    if (e.matches("select")) legible(e, getComputedStyle(e).color, "the choice of");
  }

  // Nothing cut off: neither by its own box nor by one around it, unless it can be scrolled to or ends in an ellipsis.
  const ends = (s) => s.textOverflow === "ellipsis" || s.webkitLineClamp !== "none";
  const tells = all.filter((e) => hasText(e) || e.matches("input:not([type=hidden]), select, textarea, button, img, video, canvas, a.btn"));
  for (const e of tells) {
    const box = e.getBoundingClientRect();
    const own = getComputedStyle(e);
    if (box.width === 0 || box.height === 0 || e.closest("svg")) continue;
    if (e.matches(".chip input")) continue;
    if (e.matches("select") && e.selectedOptions[0]) {
      pen.font = own.font;
      const room = e.clientWidth - parseFloat(own.paddingLeft) - parseFloat(own.paddingRight);
      const need = pen.measureText(e.selectedOptions[0].text).width;
      if (need > room + 1) wrong.push(`the choice ${e.selectedOptions[0].text} needs ${Math.ceil(need)} px and has ${Math.floor(room)}`);
    }
    if (hasText(e) && own.overflowX !== "visible" && own.overflowX !== "auto" && own.overflowX !== "scroll" && !ends(own) && e.scrollWidth > e.clientWidth + 1) wrong.push(`cut off: ${name(e)}`);
    if (box.height < 1 || ends(own)) continue;
    let free = false;
    for (let at = e.parentElement; at && !free; at = at.parentElement) {
      const style = getComputedStyle(at);
      const frame = at.getBoundingClientRect();
      if (["auto", "scroll"].includes(style.overflowX) || ends(style)) free = true;
      else if (["hidden", "clip"].includes(style.overflowX) && (box.right > frame.right + 1 || box.left < frame.left - 1)) {
        wrong.push(`cut off by ${name(at).split(" ")[0]}: ${name(e)}`);
        free = true;
      }
    }
    const scrolls = (() => { for (let at = e; at; at = at.parentElement) if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true; return false; })();
    if (!scrolls && (box.right > root.clientWidth + 1 || box.left < -1)) wrong.push(`beside the window: ${name(e)}`);
  }

  // Controls: a name for those who hear the page, and room for a finger.
  const controls = all.filter((e) => e.matches("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0'], video[controls]"));
  const named = (e) => {
    if (e.getAttribute("aria-label")?.trim()) return true;
    const by = e.getAttribute("aria-labelledby");
    if (by && by.split(/\s+/).some((id) => document.getElementById(id)?.textContent.trim())) return true;
    if (e.labels && [...e.labels].some((label) => label.textContent.trim())) return true;
    if (e.matches("video") || e.title) return true;
    return !e.matches("input, select, textarea") && Boolean(e.textContent.trim() || e.querySelector("img[alt]:not([alt='']), svg[aria-label]"));
  };
  for (const e of controls) {
    if (!named(e)) wrong.push(`no name: ${name(e)}`);
    if (e.matches("main, ol, div, .viewport__screen")) continue;
    let box = e.getBoundingClientRect();
    if (e.matches("[type=checkbox], [type=radio]") && e.labels?.[0]) box = e.labels[0].getBoundingClientRect();
    const isInSentence = e.matches("a") && getComputedStyle(e).display === "inline"
      && [...e.parentElement.childNodes].some((n) => n !== e && n.textContent.trim());
    if (!isInSentence && (box.width < 23.9 || box.height < 23.9)) wrong.push(`too small (${Math.round(box.width)} × ${Math.round(box.height)}): ${name(e)}`);
  }
  for (const e of document.images) if (!e.hasAttribute("alt")) wrong.push(`a picture without words: ${e.src}`);
  for (const e of all) if (e.matches("img[src]") && e.complete && !e.naturalWidth && e.loading !== "lazy") wrong.push(`a picture that did not load: ${e.src}`);
  return [...new Set(wrong)];
}
