/**
 * Stands in for the theme's search worker until its first message, which comes once a reader
 * reaches for search; only then is the worker itself, named in the query, loaded.
 */
addEventListener("message", ({ data }) => {
  importScripts(`workers/${location.search.slice(1)}`)
  dispatchEvent(new MessageEvent("message", { data }))
}, { once: true })
