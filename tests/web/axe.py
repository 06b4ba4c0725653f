"""What axe finds wrong on a page, and other things that a page must never do."""

from pathlib import Path

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# Best practices, too: landmarks, headings in order.
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map((n) => `${n.target} ${n.failureSummary}`).join(' | ')}`);
}"""
CUT = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth;
  const cut = [...document.querySelectorAll('button, h1, h2, label, input, select, a')]
    .filter((e) => e.checkVisibility() && !e.closest('[hidden]'))
    .filter((e) => {
      const { left, right, width } = e.getBoundingClientRect();
      // What scrolls sideways by design may leave the page: tabs and the strip.
      const scrolls = e.closest('[role=tablist], ul[class*=strip]');
      return width > 1 && !scrolls && (left < -1 || right > innerWidth + 1);
    })
    .map((e) => e.outerHTML.slice(0, 90));
  return wide ? ['the page scrolls sideways', ...cut] : cut;
}"""
SMALL = """() => [...document.querySelectorAll('button, a, select, [role=tab], input[type=range]')]
  .filter((e) => e.checkVisibility({ opacityProperty: false }))
  .map((e) => {
    // A switch has a larger target than what is seen.
    const grown = getComputedStyle(e, '::before');
    const more = grown.position === 'absolute' && grown.content !== 'none';
    const { width, height } = e.getBoundingClientRect();
    const up = more ? -parseFloat(grown.top) * 2 : 0;
    const out = more ? -parseFloat(grown.left) * 2 : 0;
    return [e.ariaLabel ?? e.textContent, width + out, height + up];
  })
  // To a tenth: while something slides in, 44 pixels measure as 43.999.
  .filter(([, width, height]) => width < 43.9 || height < 43.9)
  .map(([name, w, h]) => `${name}: ${w.toFixed(1)}x${h.toFixed(1)}`)"""


async def faults(page):
    """Axe's violations: one line each, empty if there is none."""
    # Through the driver, since the page's own policy refuses scripts in it.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    return await page.evaluate(RUN)


async def cut_off(page):
    """What reaches out of the page at its sides."""
    return await page.evaluate(CUT)


async def small_targets(page):
    """What is harder to hit than 44 by 44 pixels."""
    return await page.evaluate(SMALL)
