"""The quality gate: each problem is found, and a good site has none."""

from __future__ import annotations

from pathlib import Path

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.gate import MAX_SITE_BYTES, _css_errors, check_files, check_folder

HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bread</title>'
BODY = '<h1>Bread</h1><h2 id="here">Here</h2><p>Every morning.</p>'


def site(body: str = BODY, head: str = HEAD, **files: str) -> dict[str, bytes]:
    """A small site whose index has this body and head; `files` by name with `_` for the dot."""
    page = f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>'
    more = {name.replace("_", "."): text.encode() for name, text in files.items()}
    return {"index.html": page.encode(), **more}


def test_a_good_site_has_no_problem() -> None:
    """Pages that lead to each other, pictures, a form, a style sheet, a script, links that lead out."""
    body = f"""{BODY}<img src="a.svg" alt=""><a href="#here">x</a><a href="two.html#there">x</a><a href="./">x</a>
        <a href="tel:+420541234567">x</a><a href="mailto:a@b.example">x</a><a href="https://x.example/">x</a>
        <label for="n">Name</label><input id="n" name="n"><label>Mail <input name="m"></label>
        <input type="hidden" name="h"><textarea aria-label="Text"></textarea>
        <script src="script.js"></script><script type="application/ld+json">{{}}</script>"""
    head = f'{HEAD}<link rel="stylesheet" href="styles.css"><link rel="icon" href="data:,">'
    head += '<link rel="canonical" href="http://bread.localhost:3000/">'
    two = f'<!doctype html><html lang="en"><head>{HEAD}</head><body><h1 id="there">Two</h1></body></html>'
    files = site(
        body, head, two_html=two, a_svg="<svg/>", styles_css="p { color: red }", script_js="let a = 1;"
    )
    assert check_files(files) == []


PROBLEMS = {
    '<h1>a</h1><p id="x">b</p><p id="x">c</p>': "the id 'x' stands 2 times",
    "<h1>a</h1><h1>b</h1>": "it has 2 h1 instead of one",
    "<p>a</p>": "it has 0 h1 instead of one",
    "<h1>a</h1><h3>b</h3>": "a heading of level 3 follows one of level 1",
    "<h1>a</h1><h2> </h2>": "an empty heading of level 2",
    '<h1>a</h1><img src="data:,">': "has no alt text",
    '<h1>a</h1><a href="gone.html">b</a>': "the link gone.html leads nowhere",
    '<h1>a</h1><a href="/gone/">b</a>': "the link /gone/ leads nowhere",
    '<h1>a</h1><a href="#gone">b</a>': "the link #gone leads to no place on the page",
    '<h1>a</h1><a href="javascript:alert(1)">b</a>': "it loads or links javascript:alert(1)",
    '<h1>a</h1><a href=" JavaScript:alert(1)">b</a>': "it loads or links JavaScript:alert(1)",
    '<h1>a</h1><a href="data:text/html,x">b</a>': "it loads or links data:text/html,x",
    '<h1>a</h1><img src="https://x.example/a.png" alt="">': "it loads or links https://x.example/a.png",
    '<h1>a</h1><img src="//x.example/a.png" alt="">': "it loads or links //x.example/a.png",
    '<h1>a</h1><img srcset="https://x.example/a.png 2x" alt="">': "it loads or links https://x.example/a.png",
    '<h1>a</h1><form action="https://x.example/"></form>': "it loads or links https://x.example/",
    '<h1>a</h1><button formaction="https://x.example/">b</button>': "it loads or links https://x.example/",
    '<h1>a</h1><iframe src="https://x.example/"></iframe>': "it loads or links https://x.example/",
    '<h1>a</h1><a href="https://[">b</a>': "https://[",
    '<h1 style="color: red">a</h1>': "<h1> has a style attribute",
    '<h1 onclick="alert(1)">a</h1>': "<h1> has the event attribute onclick",
    "<h1>a</h1><script>alert(1)</script>": "a script stands in the page",
    "<h1>a</h1><svg><script>alert(1)</script></svg>": "a script stands in the page",
    "<h1>a</h1><svg><style>p { color: red }</style></svg>": "a style sheet stands in the page",
    '<h1>a</h1><svg><image href="https://x.example/a.png"/></svg>': "it loads or links https://x.example/a.png",
    '<h1>a</h1><svg><use xlink:href="//x.example/a.svg"/></svg>': "it loads or links //x.example/a.svg",
    '<h1>a</h1><template><img src="https://x.example/a.png" alt=""></template>': "it loads or links https://x",
    "<h1>a</h1><style>p { color: red }</style>": "a style sheet stands in the page",
    '<h1>a</h1><input name="n">': "the field 'n' has no label",
    '<h1>a</h1><select name="s"></select>': "the field 's' has no label",
    '<h1>a</h1><label for="other">x</label><textarea id="t" name="t"></textarea>': "the field 't' has no label",
}


@pytest.mark.parametrize("body", sorted(PROBLEMS))
def test_each_problem_of_a_page_is_named(body: str) -> None:
    """With the page that has it."""
    assert any(p.startswith("index.html: ") and PROBLEMS[body] in p for p in check_files(site(body)))


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (
            f'<html lang="en"><head>{HEAD}</head><body>{BODY}</body></html>',
            "does not begin with <!doctype html>",
        ),
        (f"<!doctype html><html><head>{HEAD}</head><body>{BODY}</body></html>", "<html> has no lang"),
        (f'<!doctype html><html lang="en"><head></head><body>{BODY}</body></html>', "it has no title"),
        (f'<!doctype html><html lang="en"><head></head><body>{BODY}</body></html>', "it has no viewport"),
    ],
)
def test_each_problem_of_a_head_is_named(page: str, problem: str) -> None:
    """What a browser needs to show a page well."""
    assert any(problem in p for p in check_files({"index.html": page.encode()}))


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"styles_css": "p { color: red } }"}, "styles.css: line 1"),
        ({"styles_css": "} p { color: red }"}, "styles.css: line 1"),
        ({"styles_css": "@layer x {\n p { color: var(--a, }) }\n}"}, "styles.css: line 2"),
        ({"styles_css": "@import 'x.css';"}, "styles.css: it loads something from elsewhere"),
        ({"styles_css": "p { background: url(https://x.example/a) }"}, "styles.css: it loads something"),
        ({"styles_css": "p { background: URL( '//x.example/a') }"}, "styles.css: it loads something"),
        ({"styles_css": "@IMPORT url(x.css);"}, "styles.css: it loads something"),
        ({"script_js": "let let = 1;"}, "script.js: "),
        ({"big_bin": "x" * MAX_SITE_BYTES}, "more than 10000000"),
    ],
)
def test_each_problem_of_a_file_is_named(files: dict[str, str], problem: str) -> None:
    """Style sheets, scripts, and the weight of all."""
    assert any(problem in p for p in check_files(site(**files)))


def test_a_site_needs_a_front_page() -> None:
    """Nothing else can be opened."""
    assert check_files({}) == ["There is no index.html."]


def test_links_are_taken_from_the_page_that_has_them() -> None:
    """A page in a folder leads up and down."""
    page = f'<!doctype html><html lang="en"><head>{HEAD}</head><body>{BODY}<a href="../index.html">x</a></body></html>'
    assert check_files(site(BODY + '<a href="more/a.html">x</a>') | {"more/a.html": page.encode()}) == []


def test_a_folder_is_checked_as_its_files(tmp_path: Path) -> None:
    """The same answer from the disk."""
    (tmp_path / "more").mkdir()
    (tmp_path / "index.html").write_bytes(site()["index.html"])
    (tmp_path / "more" / "a.css").write_text("}", "utf-8")
    problems = check_folder(tmp_path)
    assert len(problems) == 1
    assert problems[0].startswith("more/a.css: line 1")


@given(st.binary(max_size=300), st.sampled_from(["index.html", "styles.css", "script.js"]))
def test_any_bytes_can_be_judged(data: bytes, name: str) -> None:
    """A broken file has problems; it never breaks the gate."""
    assert all(isinstance(problem, str) for problem in check_files(site() | {name: data}))


css_pieces = st.lists(
    st.sampled_from(["a {", "}\n", "b { color: red; }\n", "/*", "*/", "'", '"', "@media x {\n", "@import 'x';", ";",
                     "url(", "url(//x.example)", ")", "(", "]", "\\", "\n", "@layer c;\n", "{", "}"]), max_size=14,
)  # fmt: skip


@given(css_pieces, css_pieces)
def test_a_style_sheet_read_rule_by_rule_passes_as_the_whole_would(
    first: list[str], second: list[str]
) -> None:
    """Whatever a rule leaves open: what is published is what was checked."""
    text = "".join(first) + "\n}\nb { color: red; }\n" + "".join(second)
    whole = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    faulty = any(error for rule in whole for error in _css_errors(rule)) or "@import" in text
    passes = not any("styles.css" in problem for problem in check_files(site(styles_css=text)))
    assert passes is not (faulty or "url(//" in text)
