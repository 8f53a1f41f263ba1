"""What the page does when someone uses it, on the sample book."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import Served, draw_figures
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

CHAPTER = "chapters/01-everything.html"


@pytest.fixture
def page(context: BrowserContext, served_sample: Served) -> Page:
    page = context.new_page()
    page.goto(served_sample.address + CHAPTER)
    return page


def figure(page: Page, name: str) -> Locator:
    """A figure, in view and drawn."""
    found = page.locator(f"#{name} rl-figure")
    found.evaluate("""node => {
      for (let fold = node.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      node.scrollIntoView({block: "center", behavior: "instant"});
    }""")
    expect(found).to_have_attribute("data-ready", "", timeout=15_000)
    return found


def curve(drawn: Locator, trace: int = 0) -> Any:
    """The path of a drawn line."""
    return drawn.locator(".scatterlayer path.js-line").nth(trace).get_attribute("d")


def colors(drawn: Locator) -> Any:
    """Paper, first line and a label as they are painted."""
    return drawn.evaluate(
        """node => [[".main-svg", "background"], ["path.js-line", "stroke"], [".xtick text", "fill"]]
          .map(([where, what]) => getComputedStyle(node.querySelector(where))[what])"""
    )


def test_a_slider_changes_what_is_drawn(page: Page) -> None:
    drawn = figure(page, "fig-landscape")
    slider = drawn.get_by_role("slider", name="β")
    before = drawn.locator(".contourlayer").inner_html()
    slider.focus()
    page.keyboard.press("Home")
    expect(drawn.locator("output")).to_have_text("0.1")
    assert slider.get_attribute("aria-valuetext") == "0.1"
    layer = drawn.locator(".contourlayer").element_handle()
    page.wait_for_function("([node, old]) => node.innerHTML !== old", arg=[layer, before])
    page.keyboard.press("ArrowRight")
    expect(drawn.locator("output")).not_to_have_text("0.1")


def test_axes_move_however_fast_the_machine(context: BrowserContext, served_book: Served) -> None:
    """While the clock stands still a step has taken no time at all; no panel is scaled by 0/0 then."""
    page, noise = context.new_page(), list[str]()
    page.on("console", lambda message: noise.append(message.text))
    page.goto(served_book.address + "chapters/01-one-axis.html")
    drawn = figure(page, "fig-partition")
    axis = drawn.locator(".yaxislayer-above").first.element_handle()
    before = axis.inner_html()
    page.evaluate(
        "() => { const now = Date.now; const at = now(); Date.now = () => at; window.tick = () => (Date.now = now); }"
    )
    drawn.get_by_role("slider").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    assert drawn.locator('[transform*="NaN"]').count() == 0
    page.evaluate("tick()")
    page.wait_for_function("([node, old]) => node.innerHTML !== old", arg=[axis, before])
    assert noise == []


def test_play_runs_to_the_end_and_pauses(page: Page) -> None:
    drawn = figure(page, "fig-plotly-own")
    first = curve(drawn)
    play = drawn.get_by_role("button", name="Play")
    play.click()
    expect(drawn.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_timeout(250)
    drawn.get_by_role("button", name="Pause").click()
    stopped = curve(drawn)
    assert stopped != first
    page.wait_for_timeout(200)
    assert curve(drawn) == stopped
    drawn.get_by_role("button", name="Play").press("Space")
    expect(drawn.locator("output")).to_have_text("2.0", timeout=8_000)
    expect(drawn.get_by_role("button", name="Play")).to_be_visible()
    assert curve(drawn) != stopped


def test_a_menu_calls_plotly(page: Page) -> None:
    drawn = figure(page, "fig-plotly-own")
    expect(drawn.locator(".scatterlayer path.js-line")).to_have_count(2)
    drawn.get_by_role("radio", name="hide").check(force=True)
    expect(drawn.locator(".scatterlayer path.js-line")).to_have_count(1)
    page.get_by_role("radio", name="Dark").check(force=True)
    expect(drawn.locator(".scatterlayer path.js-line")).to_have_count(1)


def test_figures_follow_the_color_scheme_and_keep_their_state(page: Page) -> None:
    drawn = figure(page, "fig-plotly-own")
    drawn.get_by_role("slider").fill("20")
    page.wait_for_timeout(100)
    light, moved = colors(drawn), curve(drawn)
    page.get_by_role("radio", name="Dark").check(force=True)
    paper = drawn.locator(".main-svg").first.element_handle()
    page.wait_for_function("([node, old]) => getComputedStyle(node).background !== old", arg=[paper, light[0]])
    dark = colors(drawn)
    assert all(a != b for a, b in zip(light, dark, strict=True))
    assert curve(drawn) == moved
    expect(drawn.locator("output")).to_have_text("2.0")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("radio", name="Auto").check(force=True)
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_reduced_motion_is_honored(browser: Browser, served_sample: Served) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(served_sample.address + CHAPTER)
    drawn = figure(page, "fig-plotly-own")
    shown = drawn.locator("output")
    shown.evaluate(
        "node => { window.seen = 0; new MutationObserver(() => window.seen++).observe(node, {childList: true}); }"
    )
    drawn.get_by_role("button", name="Play").click()
    expect(shown).to_have_text("2.0", timeout=12_000)
    assert page.evaluate("window.seen") <= 10  # twenty-one frames, but no film
    assert page.evaluate("getComputedStyle(document.querySelector('.rl-sidebar')).transitionDuration") == "0s"
    context.close()


def test_figures_fit_the_window_they_are_in(page: Page) -> None:
    drawn = figure(page, "fig-plotly-own")
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("node => node.querySelector('.main-svg').clientWidth <= 350", arg=drawn.element_handle())
    assert drawn.evaluate("node => node.offsetHeight === parseFloat(node.style.getPropertyValue('--rl-height'))")


def test_plotly_waits_until_it_is_needed(context: BrowserContext, served_sample: Served) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.goto(served_sample.address + CHAPTER)
    draw_figures(page)
    assert asked.count("plotly.js") == 1
    after = page.evaluate("""() => {
      const [loaded] = performance.getEntriesByType("navigation");
      const plotly = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/plotly.js"));
      return plotly.startTime - loaded.loadEventEnd;
    }""")
    assert after > 0


def test_walk_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".rl-skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rl-main")).to_be_focused()
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        name, ring = page.evaluate(
            """() => { const node = document.activeElement, style = getComputedStyle(node);
              return [node.className + " " + node.tagName + " " + (node.closest("rl-figure") ? "figure" : ""),
                style.outlineStyle !== "none" || node.matches(".rl-range, .rl-segments input, .rl-search input")]; }"""
        )
        assert ring, f"{name} does not show that it has the focus"
        seen.append(name)
    walked = " ".join(seen)
    for part in ("rl-range", "rl-play", "rl-tool"):
        assert part in walked


def test_search_finds_and_opens(page: Page) -> None:
    page.keyboard.press("/")
    field = page.get_by_role("textbox", name="Search the book")
    expect(field).to_be_focused()
    field.fill("divergenc")
    first = page.locator(".rl-hits a").first
    expect(first).to_contain_text("A claim, checked")
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rl-search")).not_to_be_visible()
    assert page.url.endswith("#sec-claim")
    page.keyboard.press("/")
    field.fill("zzzz")
    expect(page.locator(".rl-search-status")).to_have_text("Nothing found")
    page.keyboard.press("Escape")
    expect(page.locator("#rl-search")).not_to_be_visible()


def test_the_drawer_opens_closes_and_hides_what_is_behind(browser: Browser, served_sample: Served) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto(served_sample.address + CHAPTER)
    sidebar, button = page.locator("#rl-sidebar"), page.get_by_role("button", name="Chapters")
    assert sidebar.evaluate("node => node.inert")
    button.tap()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert not sidebar.evaluate("node => node.inert")
    assert page.locator("#rl-main").evaluate("node => node.inert")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.tap()
    sidebar.get_by_role("link", name="A short chapter").tap()
    page.wait_for_url("**/02-short.html")
    context.close()


def test_citations_and_references_show_what_they_point_to(page: Page) -> None:
    link = page.locator(".citation a").first
    link.hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("Connectionist")
    assert link.get_attribute("aria-describedby") == "rl-tip"
    page.keyboard.press("Escape")
    expect(tip).not_to_be_visible()
    theorem = page.locator("a.quarto-xref[href='#thm-ceiling']")
    theorem.evaluate("node => scrollTo({top: node.getBoundingClientRect().top + scrollY - 40, behavior: 'instant'})")
    theorem.hover()
    expect(tip).to_contain_text("The ceiling")


def test_code_is_copied_as_it_is(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell = page.locator("pre.code-with-copy").first
    cell.hover()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("rng = np.random.default_rng(0)  # one stream per run\npolicy = Gaussian(")
    assert copied.count("\n") == 4


def test_long_formulas_scroll_inside_themselves(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    long = page.locator("#eq-long .katex-display")
    expect(long).to_have_attribute("tabindex", "0")
    number, formula = long.evaluate(
        """node => [node.querySelector(".katex-tag").getBoundingClientRect().left,
          Math.max(...[...node.querySelectorAll(".katex-base")].map((part) => part.getBoundingClientRect().right))]"""
    )
    assert number >= formula  # side by side, not on top of each other
    page.set_viewport_size({"width": 1800, "height": 740})
    expect(page.locator("#eq-objective .katex-display")).not_to_have_attribute("tabindex", "0")


def test_contents_follow_the_reader(page: Page) -> None:
    page.locator("#sec-claim").evaluate("node => node.scrollIntoView({behavior: 'instant'})")
    expect(page.locator(".rl-contents a[aria-current]")).to_have_text("A claim, checked")


def test_numbers_are_those_of_the_present_state(page: Page) -> None:
    """They open below the figure, name the state, follow it, and are saved as they are."""
    drawn = figure(page, "fig-plotly-own")
    plot = drawn.locator(".rl-plot svg.main-svg").first
    size = plot.evaluate("node => [node.clientWidth, node.clientHeight]")
    drawn.get_by_role("button", name="Numbers").click()
    panel = drawn.get_by_role("region", name="Numbers of fig-plotly-own")
    expect(panel.locator("caption").first).to_have_text("Now: Reward: show, μ = -2.0")
    assert plot.evaluate("node => [node.clientWidth, node.clientHeight]") == size  # the picture keeps its place
    first = panel.locator("tbody").first.inner_text()
    drawn.get_by_role("slider").fill("20")
    expect(panel.locator("caption").first).to_have_text("Now: Reward: show, μ = 2.0")
    page.wait_for_function("([node, old]) => node.innerText !== old", arg=[panel.element_handle(), first])
    moved = panel.locator("tbody").first.inner_text()
    assert moved != first
    with page.expect_download() as saved:
        panel.get_by_role("button", name="Save as CSV").click()
    lines = saved.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "trace,x,y,z,label"
    shown = drawn.evaluate("node => node.plot.data.flatMap((trace) => [...trace.y])")
    saved_heights = [float(line.split(",")[2]) for line in lines[1:]]
    assert saved_heights == pytest.approx(shown)
    drawn.get_by_role("button", name="Numbers").click()
    expect(panel).not_to_be_visible()


def test_print_is_on_white_and_without_controls(browser: Browser, served_sample: Served) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.goto(served_sample.address + CHAPTER)
    drawn = figure(page, "fig-plotly-own")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function("node => node.querySelector('.main-svg').clientWidth <= 620", arg=drawn.element_handle())
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 29, 33)"
    expect(drawn.locator(".rl-controls")).not_to_be_visible()
    expect(page.locator(".rl-sidebar")).not_to_be_visible()
    assert colors(drawn)[1] == "rgb(203, 67, 51)"
    context.close()


def test_readable_without_scripts(browser: Browser, served_sample: Served) -> None:
    for width in (390, 1280):
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=False)
        page = context.new_page()
        page.goto(served_sample.address + CHAPTER)
        words = "node => getComputedStyle(node, '::before').content"
        assert "A bell curve that moves" in page.locator("#fig-plotly-own rl-figure").evaluate(words)
        expect(page.get_by_role("link", name="A short chapter").first).to_be_visible()
        context.close()
