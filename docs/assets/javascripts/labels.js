/**
 * What the theme leaves unnamed or out of the keyboard's reach.
 *
 * The toolbars that it adds to code blocks are landmarks, and landmarks of one kind need names
 * that differ. A box that scrolls must be reached by the tab key: of code blocks, the theme takes
 * that away on devices that cannot hover, and to plain tables it never gives it.
 */
(() => {
  const name = () => {
    document.querySelectorAll(".md-code__nav").forEach((toolbar, index) => {
      const label = `Code block ${index + 1}`
      if (toolbar.getAttribute("aria-label") !== label) toolbar.setAttribute("aria-label", label)
    })
  }

  const reach = code => {
    if (code.scrollWidth > code.clientWidth && !code.hasAttribute("tabindex")) code.tabIndex = 0
  }
  const resized = new ResizeObserver(entries => entries.forEach(({ target }) => reach(target)))
  const taken = new MutationObserver(records => records.forEach(({ target }) => reach(target)))

  const mend = () => {
    name()
    document.querySelectorAll("pre > code").forEach(code => {
      resized.observe(code)
      taken.observe(code, { attributeFilter: ["tabindex"] })
    })
    document.querySelectorAll(".md-typeset__scrollwrap:not([role])").forEach(box => {
      box.tabIndex = 0
      box.setAttribute("role", "group")
      box.setAttribute("aria-label", "Table")
    })
  }
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true })
  mend()
})()
