"""Write the site: pages through the template, styles and scripts, images, search index, sitemap, 404 page."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from press import page as pages_of
from press import pandoc
from press.config import Book
from press.errors import stop
from press.page import Page
from press.render import BUNDLE
from press.search import search_index
from press.source import front_matter, read_lines

LINKED = re.compile(r'<(?:a|img|source|video|iframe)\b[^>]*?\s(?:href|src)="([^":]*)"')
LIBS = "site_libs/rlgeo/"
PYTHON = f"{BUNDLE}/dist/python/sizes.json"
"""There where the page's Python was made; without it no page speaks of it."""


def build_date(root: Path) -> str:
    """The day the site shows: SOURCE_DATE_EPOCH, else the last commit, so that builds of one commit agree.

    Sources without a history, as a downloaded archive has them, are as old as the chapter that changed last.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    if seconds and not re.fullmatch(r"\d{1,11}", seconds):
        raise stop(f"SOURCE_DATE_EPOCH is {seconds!r}; it takes whole seconds since 1970")
    if not seconds:
        command = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
        seconds = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    if not seconds:
        chapters = [*root.glob("*.qmd"), *root.glob("*/*.qmd")]
        seconds = str(int(max(path.stat().st_mtime for path in chapters)))
    return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()


def version(root: Path) -> str:
    """The version of the book: that of its package."""
    source = root / "rlgeo" / "__init__.py"
    found = (
        re.search(r'^__version__ = "([^"]+)"', source.read_text(encoding="utf-8"), re.M) if source.is_file() else None
    )
    return found[1] if found else ""


def book_values(book: Book, pdf: bool) -> dict[str, Any]:
    """The template's `book`."""
    section = book.book
    return {
        "title": section["title"],
        "subtitle": section.get("subtitle") or "",
        "authors": pages_of.authors(section),
        "description": section.get("description") or "",
        "repo_url": section.get("repo-url") or "",
        "site_url": section.get("site-url") or "",
        "version": version(book.root),
        "date": build_date(book.root),
        "pdf": pdf_name(book) if pdf else None,
        "language": book.data.get("lang", "en"),
        "footer": section.get("page-footer") or "",
        "card": LIBS + "card.png" if section.get("image") else "",
        "card_alt": section.get("image-alt") or section["title"],
    }


def pdf_name(book: Book) -> str:
    """Name of the PDF: the book's title, as Quarto names it."""
    kept = re.sub(r"[/\\:*?\"<>|]+", "", str(book.book["title"])).strip(". ")
    return (kept.replace(" ", "-") or "book") + ".pdf"


def template() -> Any:
    """The page template."""
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("page.html")


def page_values(book: Book, pages: list[Page], i: int, values: dict[str, Any]) -> dict[str, Any]:
    """The template's `page` for the chapter at position ``i``."""
    page = pages[i]
    chapter, front = page.chapter, page.draft.source.front
    has_notebook = (book.root / chapter.notebook).is_file()
    links = pages_of.repository_links(book, chapter)
    if not has_notebook:
        links["colab"] = None
    depth = int(front.get("toc-depth", book.setting("toc-depth", 3)))
    return links | {
        "title": pages_of.title_html(page),
        "plain_title": values["title"] if chapter.source == "index.qmd" else page.plain,
        "subtitle": front.get("subtitle") or "",
        "authors": pages_of.authors(front),
        "number": chapter.number,
        "appendix": chapter.appendix,
        "layout": front.get("page-layout", "article"),
        "href": chapter.href,
        "description": pages_of.description(page, values),
        "body": Markup(page.body),
        "toc": pages_of.contents(page.body, depth) if front.get("toc", True) else [],
        "prev": pages_of.nav_entry(pages[i - 1], chapter.root) if i else None,
        "next": pages_of.nav_entry(pages[i + 1], chapter.root) if i + 1 < len(pages) else None,
        "notebook": chapter.root + chapter.notebook if has_notebook else None,
        "is_index": chapter.source == "index.qmd",
        "is_chapter": True,
        "has_math": 'class="katex' in page.body + page.title,
        "has_figures": "<rl-figure" in page.body,
        "has_lab": "<rl-lab" in page.body,
        "has_race": "<rl-race" in page.body,
        "has_python": (book.root / PYTHON).is_file() and ("<rl-lab" in page.body or "cell-code" in page.body),
        "citation": pages_of.citation(values, page) if chapter.source != "index.qmd" else None,
    }


def missing_page(book: Book, index: dict[str, Any], root: str) -> dict[str, Any]:
    """The template's `page` for an address that does not exist: what `404.qmd` says."""
    front, lines = front_matter(list(read_lines(book.root, "404.qmd")))
    title, _, words = "\n".join(line.text for line in lines).strip().partition("\n")
    if "title" in front:
        title, words = str(front["title"]), f"{title}\n{words}"
    name = title.lstrip("# ").partition(" {")[0] or "No such page"
    flags = {key: False for key, value in index.items() if isinstance(value, bool)}
    body = pandoc.pandoc(words, ["-f", "markdown", "-t", "html5"], book.root)
    body = Markup(re.sub(r'href="([^":]+)\.qmd"', rf'href="{root}\1.html"', body))
    given = {"title": name, "plain_title": name, "href": "404.html", "body": body, "description": name}
    return {**dict.fromkeys(index), "layout": "article", "authors": [], "toc": []} | flags | given


def write_pages(book: Book, pages: list[Page], out: Path, values: dict[str, Any]) -> None:
    """Write each chapter's page, and that of `404.qmd` with links that work from any address below the site's."""

    frame = template()

    def put(shown: dict[str, Any], root: str, active: Page | None) -> None:
        parts = pages_of.sidebar(pages, root, active)
        given = {"book": values, "page": shown, "parts": parts, "root": root, "libs": root + LIBS}
        write(out / shown["href"], frame.render(given))

    for i, page in enumerate(pages):
        put(page_values(book, pages, i, values), page.chapter.root, page)
    if (book.root / "404.qmd").is_file():
        root = f"{urlsplit(values['site_url']).path.rstrip('/')}/" if values["site_url"] else ""
        put(missing_page(book, page_values(book, pages, 0, values), root), root, None)


def write(path: Path, text: str) -> None:
    """Write a text file, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_site(book: Book, pages: list[Page], out: Path, *, pdf: bool = False) -> None:
    """Write everything into an empty folder."""
    values = book_values(book, pdf)
    bundle = book.root / BUNDLE / "dist"
    if bundle.is_dir():
        shutil.copytree(bundle, out / LIBS, ignore=shutil.ignore_patterns("*.cjs"))
    write_pages(book, pages, out, values)
    for page in pages:
        for name, data in page.draft.stitched.images.items():
            target = out / Path(page.chapter.href).parent / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if (book.root / page.chapter.notebook).is_file():
            copy_file(book.root / page.chapter.notebook, out / page.chapter.notebook)
        for target in LINKED.findall(page.body):
            name = posixpath.normpath(
                posixpath.join(posixpath.dirname(page.chapter.href), unquote(urlsplit(target).path))
            )
            source = book.root / name
            if source.is_file() and not name.startswith("..") and source.suffix not in (".qmd", ".html"):
                copy_file(source, out / name)
    for path in resources(book):
        copy_file(path, out / path.relative_to(book.root))
    write(out / "site_libs/rlgeo-search.js", search_index(pages))
    site = values["site_url"].rstrip("/")
    robots = "User-agent: *\nAllow: /\n" + (f"Sitemap: {site}/sitemap.xml\n" if site else "")
    write(out / "robots.txt", robots)
    if site:
        urls = "".join(
            f"  <url><loc>{escape(f'{site}/{page.chapter.href}')}</loc><lastmod>{values['date']}</lastmod></url>\n"
            for page in pages
        )
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        write(out / "sitemap.xml", f"{head}{urls}</urlset>\n")
    write(out / ".nojekyll", "")


def resources(book: Book) -> list[Path]:
    """The files under `project: resources:`, which lie in the book and are none of press's own."""
    given = book.data["project"].get("resources") or []
    found: list[Path] = []
    for pattern in [given] if isinstance(given, str) else map(str, given):
        if pattern.startswith(("/", "~")) or ".." in Path(pattern).parts:
            line = book.lines.get("project.resources", 0)
            raise stop(f"the resource {pattern} is not in the book's folder", "_quarto.yml", line)
        found += [path for path in sorted(book.root.glob(pattern)) if path.is_file()]
    return [path for path in found if not path.is_relative_to(book.output) and not path.is_relative_to(book.work)]


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, with its folder, without its dates."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
