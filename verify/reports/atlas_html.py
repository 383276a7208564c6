"""The atlas as one HTML page: a table that sorts and filters, with the proofs of each entry at hand."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from ...theory.weights.rung import Rung
from .report_html import STYLE

EXTRA = """
body{max-width:none}p,ul{max-width:52rem}
th{cursor:pointer;white-space:nowrap;position:sticky;top:0;background:#fff}th:hover{background:#eef}
td.no{color:#bbb}td.open{background:#fdf1e3}td{white-space:nowrap}td.text,th.text{text-align:left}
td[title]{cursor:help}input,select{font:inherit;padding:.2rem .5rem;margin:0 .6rem .6rem 0}
tbody tr:hover{background:#f2f6ff}.count{color:#555}
"""

HEADS = {
    Rung.POSITIVE: "positive",
    Rung.DIAGONAL: "diagonal",
    Rung.ROTATION: "rotation",
    Rung.BLOCK: "block",
    Rung.HOUSEHOLDER: "reflections",
    Rung.HOUSEHOLDER_PER_HEAD: "per head",
    Rung.MONOMIAL: "monomial",
    Rung.CP: "CP rank",
    Rung.FULL: "full",
}

SCRIPT = """
const body=document.querySelector('tbody'),rows=[...body.rows],find=document.getElementById('find'),
kind=document.getElementById('kind'),count=document.getElementById('count');
function show(){const text=find.value.toLowerCase();let n=0;
for(const r of rows){const ok=r.dataset.text.includes(text)&&(kind.value===''||r.dataset.abelian===kind.value);
r.hidden=!ok;n+=ok}count.textContent=n+' of '+rows.length+' groups'}
find.oninput=kind.onchange=show;show();
document.querySelectorAll('th').forEach((head,k)=>{let up=true;head.onclick=()=>{
const key=r=>{const v=r.cells[k].dataset.sort;return v===''?Infinity:isNaN(v)?v:+v};
rows.sort((a,b)=>{const x=key(a),y=key(b);return (x<y?-1:x>y?1:0)*(up?1:-1)});up=!up;body.append(...rows)}});
"""


def atlas_page(rows: Sequence[dict[str, Any]], letters: str, prove: bool) -> str:
    """The page for rows of `bistate.verify.reports.atlas.atlas_row`."""
    alphabet = "all elements are letters" if letters == "all" else "the group's generators are the letters"
    proofs = (
        "The weights behind every size were built and proved right for words of every length."
        if prove and all(row["proved"] for row in rows)
        else "The weights behind the sizes were not all built for this page."
    )
    head = "".join(f'<th class="text">{name}</th>' for name in ("group", "order", "structure"))
    head += "".join(f'<th title="{escape(rung.value)}">{escape(name)}</th>' for rung, name in HEADS.items())
    body = "\n".join(_row(row) for row in rows)
    top = max((row["order"] for row in rows), default=0)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Atlas of state tracking: groups up to order {top}</title><style>{STYLE}{EXTRA}</style></head><body>
<h1>Atlas of state tracking: the {len(rows)} groups of order at most {top}</h1>
<p>For every group the least size of exact recurrent weights h<sub>t</sub> = A(x<sub>t</sub>) h<sub>t−1</sub> that track
the product of its elements ({alphabet}), for each family of transitions. A grey dash: the family cannot do it. Orange:
the least size is known to lie in the interval. Lower bounds hold for bounded weights with a linear readout; that a
family cannot do a task holds for all weights. {proofs} Point at a number to read why it cannot be smaller.</p>
<ul><li>positive, diagonal, rotation, monomial, full: hidden units; block: units per block</li>
<li>reflections: Householder reflections per letter, in one head; per head: with one head for each irrep</li>
<li>CP rank: rank-one terms that all letters share</li></ul>
<p><input id="find" placeholder="filter: 24, S3, SmallGroup(32" aria-label="filter">
<select id="kind" aria-label="kind"><option value="">all groups</option><option value="1">abelian</option>
<option value="0">not abelian</option></select><span class="count" id="count"></span></p>
<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table></div><script>{SCRIPT}</script></body></html>
"""


def _row(row: dict[str, Any]) -> str:
    text = f"{row['name']} {row['order']} {row['structure']}".lower()
    cells = [
        f'<td class="text" data-sort="{row["order"] * 1000 + row["number"]}">{escape(row["name"])}</td>',
        f'<td class="text" data-sort="{row["order"]}">{row["order"]}</td>',
        f'<td class="text" data-sort="{escape(row["structure"])}">{escape(row["structure"])}</td>',
        *(_cell(row["rungs"][rung.value]) for rung in HEADS),
    ]
    return f'<tr data-text="{escape(text)}" data-abelian="{int(row["abelian"])}">{"".join(cells)}</tr>'


def _cell(fact: dict[str, Any]) -> str:
    why = escape(f"{fact['why_not_smaller']}. Reached by: {fact['construction']}", quote=True)
    if not fact["possible"]:
        return f'<td class="no" data-sort="" title="{escape(fact["why_not_smaller"], quote=True)}">–</td>'
    kind = "" if fact["label"] == "exact" else ' class="open"'
    return f'<td{kind} data-sort="{fact["lower"]}" title="{why}">{escape(fact["shown"])}</td>'
