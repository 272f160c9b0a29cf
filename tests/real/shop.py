"""The pages of the small site: a lamp shop. One page stands still, one never does, one takes an order."""

from __future__ import annotations

STYLE = """
:root { --ink: #23201c; --soft: #7a7166; --paper: #fbf8f3; --line: #e7dfd3; --glow: #e8a33d; --deep: #2d4a46 }
* { box-sizing: border-box; margin: 0 }
body { font: 18px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
header { display: flex; align-items: center; gap: 40px; padding: 24px 64px; border-bottom: 1px solid var(--line) }
header b { font: 700 28px Georgia, serif; color: var(--deep) } header b i { color: var(--glow); font-style: normal }
nav { display: flex; gap: 28px } a { color: inherit; text-decoration: none } nav a:hover { color: var(--glow) }
header .find { margin-left: auto; width: 320px; padding: 10px 18px; border: 1px solid var(--line); border-radius: 99px;
  color: var(--soft); background: #fff } header .cart { font-weight: 600 }
main { padding: 48px 64px } h1 { font: 700 44px/1.15 Georgia, serif; margin-bottom: 12px }
.lead { color: var(--soft); font-size: 20px; margin-bottom: 32px }
.hero { display: flex; align-items: center; gap: 48px; background: var(--deep); color: #f5efe4; border-radius: 24px;
  padding: 40px 56px; margin-bottom: 40px; overflow: hidden; position: relative; min-height: 260px }
.hero h1 { color: #fff } .hero .lead { color: #c8d6d2; margin-bottom: 20px } .hero svg { height: 200px; flex: none }
.clock { font: 700 34px ui-monospace, monospace; color: var(--glow) }
.track { height: 10px; border-radius: 9px; background: #ffffff26; width: 520px; margin-top: 18px; overflow: hidden }
.track div { height: 100%; width: 0; background: var(--glow); border-radius: 9px }
.grid { display: grid; grid-template-columns: repeat(4, 1fr); gap: 28px }
.card { background: #fff; border: 1px solid var(--line); border-radius: 18px; padding: 22px; position: relative }
.card.now { outline: 3px solid var(--glow) }
.card svg { width: 100%; height: 180px; display: block; margin-bottom: 16px }
.card h2 { font: 600 21px Georgia, serif } .card p { color: var(--soft); font-size: 16px }
.card .price { display: flex; justify-content: space-between; align-items: center; margin-top: 14px;
  color: var(--ink); font-weight: 700; font-size: 20px }
.card .price s { color: var(--soft); font-weight: 400; font-size: 16px }
button, .button { border: 0; border-radius: 99px; background: var(--deep); color: #fff;
  padding: 10px 20px; font: inherit }
form { display: grid; gap: 20px; max-width: 420px } input, select { font: inherit; padding: 10px; width: 100% }
"""
FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Northlight</title>
<style>{style}</style></head><body><header><b>North<i>light</i></b><nav><a href="/">Lamps</a>
<a href="/moving">Offers</a><a href="/form">Order</a><a href="/report.csv">Price list</a></nav>
<span class="find">Search lamps</span>
<span class="cart">Cart (2)</span></header><main>{body}</main></body></html>"""
LAMPS = (
    ("Harbour", "Desk lamp, brass", "48.00", "60.00", "#f4d9a6"),
    ("Fjord", "Floor lamp, oak", "129.00", "159.00", "#cfe0da"),
    ("Ember", "Bedside lamp, clay", "36.50", "42.00", "#f2c4ae"),
    ("Pole Star", "Pendant, steel", "84.00", "99.00", "#d6d9ee"),
)
PICTURE = ('<svg viewBox="0 0 200 180"><rect width="200" height="180" rx="14" fill="{tint}"/>'
           '<path d="M64 86 L84 36 H116 L136 86 Z" fill="#2d4a46"/><ellipse cx="100" cy="88" rx="44" ry="10" '
           'fill="#fff3c9"/><rect x="97" y="88" width="6" height="58" fill="#5b5046"/>'
           '<rect x="70" y="144" width="60" height="10" rx="5" fill="#5b5046"/></svg>')
CARD = ('<article class="card">{picture}<h2>{name}</h2><p>{kind}</p><p class="price"><span>€ {price} <s>€ {before}</s>'
        '</span><a class="button" href="/form">Order</a></p></article>')
MOVE = """<script>
const cards = [...document.querySelectorAll(".card")], until = Date.now() + 47 * 60e3; let n = 0;
setInterval(() => {
  n += 1; const left = Math.max(0, until - Date.now()), two = (x) => String(Math.floor(x)).padStart(2, "0");
  const tenth = Math.floor(left / 100 % 10);
  clock.textContent = `${two(left / 3600e3)}:${two(left / 60e3 % 60)}:${two(left / 1e3 % 60)}.${tenth}`;
  bar.style.width = `${n * 3 % 101}%`;
  cards.forEach((card, i) => card.classList.toggle("now", i === (n >> 2) % cards.length));
}, 200);</script>"""


def _grid() -> str:
    cards = (CARD.format(picture=PICTURE.format(tint=tint), name=name, kind=kind, price=price, before=before)
             for name, kind, price, before, tint in LAMPS)
    return f'<section class="grid">{"".join(cards)}</section>'


BODIES = {
    "/": ("Lamps", '<h1>Light for long evenings</h1><p class="lead">Four lamps, made to be repaired. '
                   'Free delivery from € 50.</p>' + _grid()),
    "/moving": ("Offers", '<section class="hero">' + PICTURE.format(tint="#3a5a55") + "<div><h1>The offer of this hour"
                '</h1><p class="lead">All prices below hold until the clock stands still.</p><span class="clock" '
                'id="clock">00:47:00.0</span><div class="track"><div id="bar"></div></div></div></section>'
                + _grid() + MOVE),
    "/form": ("Order", '<h1>Order</h1><form method="post" action="/form"><label>Name <input name="name"></label>'
                       '<label>Size <select name="size"><option>S<option>M<option>L</select></label> '
                       "<button>Order</button></form>"),
}


def page(title: str, body: str) -> str:
    """A whole page of the shop as HTML."""
    return FRAME.format(title=title, style=STYLE, body=body)
