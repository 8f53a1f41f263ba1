"""Where each of the two renderers puts what stands around a chapter's text, as XPath.

Quarto writes a chapter's number into its heading ("6 GRPO", "Appendix A — Notation"), press above it ("Chapter 6").
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frame:
    """The frame of a page; its chapters are links, in which the number, the title and the part are looked up."""

    heading: str
    number: str
    previous: str
    next: str
    chapters: str
    chapter_number: str
    chapter_title: str
    chapter_part: str
    active: str
    brand: str
    source: str
    contents: str
    footer: str


PRESS = Frame(
    heading="//h1",
    number="//*[@class='rl-kicker']",
    previous="//nav[contains(@class, 'rl-turn')]//a[contains(@class, 'rl-prev')]",
    next="//nav[contains(@class, 'rl-turn')]//a[contains(@class, 'rl-next')]",
    chapters="//aside//nav//a",
    chapter_number="./span[@class='rl-number']",
    chapter_title="./span[last()]",
    chapter_part="ancestor::ol[1]/preceding-sibling::*[1][@class='rl-part']",
    active="//aside//a[@aria-current='page']",
    brand="//a[@class='rl-brand']",
    source="//aside//a[text()='Source']",
    contents="//nav[contains(@class, 'rl-contents')]//a",
    footer="//footer[@class='rl-footer']",
)
QUARTO = Frame(
    heading="//h1[contains(@class, 'title')]",
    number="//h1[contains(@class, 'title')]",
    previous="//nav[contains(@class, 'page-navigation')]/div[contains(@class, 'nav-page-previous')]/a",
    next="//nav[contains(@class, 'page-navigation')]/div[contains(@class, 'nav-page-next')]/a",
    chapters="//nav[@id='quarto-sidebar']//a[contains(@class, 'sidebar-link')][@href]",
    chapter_number=".//span[@class='chapter-number']",
    chapter_title=".//span[@class='chapter-title'] | .//span[@class='menu-text'][not(span)]",
    chapter_part="ancestor::ul[contains(@class, 'sidebar-section')]/preceding-sibling::div//span[@class='menu-text']",
    active="//nav[@id='quarto-sidebar']//a[contains(concat(' ', @class, ' '), ' active ')]",
    brand="//div[contains(@class, 'sidebar-title')]/a",
    source="//div[contains(@class, 'sidebar-tools-main')]/a[@title='Source Code']",
    contents="//nav[@id='TOC']//a[starts-with(@href, '#')]",
    footer="//footer[contains(@class, 'footer')]",
)
