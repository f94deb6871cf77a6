/**
 * Names for the toolbars that the theme adds to code blocks: each is a landmark, and landmarks
 * of one kind need names that differ.
 */
(() => {
  const name = () => {
    document.querySelectorAll(".md-code__nav").forEach((toolbar, index) => {
      const label = `Code block ${index + 1}`
      if (toolbar.getAttribute("aria-label") !== label) toolbar.setAttribute("aria-label", label)
    })
  }
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true })
})()
