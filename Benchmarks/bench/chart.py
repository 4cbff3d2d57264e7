"""A bar for each contestant: requests per second through nginx, as an SVG that is legible in light and in dark."""

import html

from .measuring import Contestant

WIDTH, LEFT, RIGHT = 760, 210, 120
TOP, BAR, STEP = 64, 20, 34
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 16px }
  .small { font-size: 12px; fill: #59636e }
  .name { text-anchor: end }
  .bar { fill: #8c959f }
  .ours { fill: #0969da }
  .axis { stroke: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .small { fill: #9198a1 }
    .bar { fill: #656c76 }
    .ours { fill: #4493f8 }
    .axis { stroke: #9198a1 }
  }"""


def drawn(contestants: dict[str, Contestant], place: str) -> str:
    """The picture. The fastest is at the top; `place` says where it was measured."""
    rates = sorted(((one.median(), name) for name, one in contestants.items()), reverse=True)
    height = TOP + STEP * len(rates) + 12
    longest = WIDTH - LEFT - RIGHT
    told = ", ".join(f"{name} {rate:,.0f}" for rate, name in rates)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title description">',
        '<title id="title">Protected files per second through nginx</title>',
        f'<desc id="description">{html.escape(told)}</desc>',
        f"<style>{STYLE}\n</style>",
        '<text class="title" x="16" y="26">A protected file through nginx, one worker: requests per second</text>',
        f'<text class="small" x="16" y="46">{html.escape(place)}</text>',
    ]
    for number, (rate, name) in enumerate(rates):
        y = TOP + STEP * number
        width = max(1, longest * rate / rates[0][0])
        kind = "bar ours" if name == "Postern" else "bar"
        middle = y + BAR - 5
        lines += [
            f'<text class="name" x="{LEFT - 10}" y="{middle}">{html.escape(name)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>',
            f'<text x="{LEFT + width + 8:.1f}" y="{middle}">{rate:,.0f}</text>',
        ]
    bottom = TOP + STEP * len(rates) - (STEP - BAR) + 6
    lines += [f'<line class="axis" x1="{LEFT}" y1="{TOP - 6}" x2="{LEFT}" y2="{bottom}"/>', "</svg>"]
    return "\n".join(lines) + "\n"
