/**
 * Sorting and filters for `<table class="rl-data">`, kept in the address.
 *
 * Each header of the last row of the table's head gets a button that sorts by its column,
 * unless there are only a few rows.
 * A header with `data-filter` also gets a list of its column's values above the table.
 * A cell sorts by the number in its `data-value`, or else by its text.
 * The address has what was chosen in each table, columns by their `data-key`:
 * `?table=all-points&batch=8&sort=-intensity`. Without this script the table stays a plain
 * table; on paper, the rows that were shown are printed, under the filters that chose them.
 */
(() => {
  /** Rows that a reader takes in at a glance need no sorting. */
  const FEW = 3

  const order = new Intl.Collator("en", { numeric: true })

  const textOf = node => node.textContent.replace(/\s+/g, " ").trim()

  /** A column's name, without the unit that stands beside it. */
  const nameOf = header => {
    const copy = header.cloneNode(true)
    copy.querySelectorAll(".rl-unit").forEach(unit => unit.remove())
    return textOf(copy)
  }

  const numberOf = cell => {
    const value = cell.dataset.value
    return value === undefined || value === "" ? NaN : Number(value)
  }

  /** Negative if `a` goes first; cells without a value go last in both directions. */
  const compare = (a, b, sign) => {
    const [x, y] = [numberOf(a), numberOf(b)]
    if (!Number.isNaN(x) && !Number.isNaN(y)) return sign * (x - y)
    const [s, t] = [textOf(a), textOf(b)]
    const blank = text => text === "" || text === "–"
    if (blank(s) || blank(t)) return blank(s) - blank(t)
    return sign * order.compare(s, t)
  }

  /** What a cell is found by: its parts, where it has several, its number, or its text. */
  const valuesOf = cell =>
    cell.dataset.values?.split("|").filter(Boolean) ?? [cell.dataset.value || textOf(cell)]

  /** Parameters of the address, each with the table that it is about; others with none. */
  const parameters = () => {
    let about = ""
    return [...new URLSearchParams(location.search)].map(([key, value]) => {
      if (key === "table") about = value
      return { about, key, value }
    })
  }

  /** Keep what was chosen in a table in the address, which then also leads to the table. */
  const remember = (name, chosen) => {
    const others = parameters().filter(({ about }) => about !== name)
    const own = chosen.length ? [["table", name], ...chosen] : []
    const here = new URL(location)
    here.search = new URLSearchParams([...others.map(({ key, value }) => [key, value]), ...own])
    if (own.length && !here.hash) here.hash = `table-${name}`
    if (here.href !== location.href) history.replaceState(history.state, "", here)
  }

  /** Shows all rows of a table again. */
  const showing = new WeakMap()

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...children)
    return made
  }

  const enhance = table => {
    if (table.dataset.enhanced) return
    table.dataset.enhanced = "true"
    const head = table.tHead && table.tHead.rows[table.tHead.rows.length - 1]
    const body = table.tBodies[0]
    if (!head || !body) return
    const headers = [...head.cells]
    const original = [...body.rows]
    const names = headers.map(nameOf)
    const name = table.closest(".rl-frame").id.replace(/^table-/, "")
    const filters = []
    const sortable = original.length > FEW

    const sortBy = (column, direction) => {
      headers.forEach((header, index) => {
        if (index === column) header.setAttribute("aria-sort", direction)
        else header.removeAttribute("aria-sort")
      })
      const sign = direction === "descending" ? -1 : 1
      const rows = [...body.rows]
      body.append(...rows.sort((a, b) => compare(a.cells[column], b.cells[column], sign)))
    }

    headers.forEach((header, column) => {
      if (!sortable || header.colSpan > 1 || names[column] === "") return
      const button = element("button", { type: "button", className: "rl-sort" })
      button.append(...header.childNodes)
      button.addEventListener("click", () => {
        const rising = header.getAttribute("aria-sort") === "ascending"
        sortBy(column, rising ? "descending" : "ascending")
        report()
        keep()
      })
      header.append(button)
    })

    const count = element("output", { className: "rl-count" })
    count.setAttribute("aria-live", "polite")
    const reset = element("button", { type: "button", className: "rl-reset" }, "Reset")

    const chosen = () => filters.filter(({ select }) => select.value !== "")

    const report = () => {
      const shown = original.filter(row => !row.hidden).length
      const conditions = chosen().map(({ name, select }) => `${name} ${select.selectedOptions[0].text}`)
      const text = [`${shown} of ${original.length} rows`, ...conditions].join(", ")
      if (count.textContent !== text) count.textContent = text
      count.classList.toggle("rl-count--all", conditions.length === 0)
      reset.disabled = conditions.length === 0 && !head.querySelector("[aria-sort]")
    }

    const keep = () => {
      const sorted = headers.find(header => header.hasAttribute("aria-sort"))
      const falling = sorted?.getAttribute("aria-sort") === "descending"
      remember(name, [
        ...chosen().map(({ key, select }) => [key, select.value]),
        ...(sorted ? [["sort", `${falling ? "-" : ""}${sorted.dataset.key}`]] : []),
      ])
    }

    const filter = () => {
      for (const row of original) {
        row.hidden = chosen().some(({ column, select }) =>
          !valuesOf(row.cells[column]).includes(select.value))
      }
      report()
    }

    const showAll = () => {
      filters.forEach(({ select }) => { select.value = "" })
      filter()
      keep()
    }
    showing.set(table, showAll)

    reset.addEventListener("click", () => {
      headers.forEach(header => header.removeAttribute("aria-sort"))
      body.append(...original)
      showAll()
      const first = tools.querySelector("select") || head.querySelector("button")
      if (first) first.focus()
    })

    const tools = element("div", { className: "rl-tools" })
    headers.forEach((header, column) => {
      if (header.dataset.filter === undefined) return
      const select = element("select", { autocomplete: "off" }, new Option("All", ""))
      const texts = new Map(original.map(row => row.cells[column]).sort((a, b) => compare(a, b, 1))
        .flatMap(cell => valuesOf(cell).map(value => [value, cell.dataset.value ? textOf(cell) : value])))
      for (const [value, text] of texts) select.append(new Option(text, value))
      filters.push({ column, key: header.dataset.key, name: names[column], select })
      select.addEventListener("change", () => {
        filter()
        keep()
      })
      tools.append(element("label", { className: "rl-filter" }, names[column], select))
    })

    for (const { key, value } of parameters().filter(({ about }) => about === name)) {
      const one = filters.find(one => one.key === key)
      if (one && [...one.select.options].some(option => option.value === value)) one.select.value = value
      const column = headers.findIndex(({ dataset }) => dataset.key === value.replace(/^-/, ""))
      if (key === "sort" && sortable && column >= 0) {
        sortBy(column, value.startsWith("-") ? "descending" : "ascending")
      }
    }
    if (filters.length === 0) return
    tools.append(count, reset)
    table.closest(".rl-table").before(tools)
    filter()
  }

  /** A row that the address names is shown, whatever was filtered. */
  const reveal = () => {
    const named = document.getElementById(location.hash.slice(1))
    if (!named?.hidden || !named.matches(".rl-data tr")) return
    showing.get(named.closest("table"))?.()
    named.scrollIntoView()
  }
  addEventListener("hashchange", reveal)

  /** A table no wider than its frame needs none that scrolls, and keeps its header in sight. */
  const fitting = new ResizeObserver(entries => {
    for (const { target } of entries) {
      const box = target.closest(".rl-table")
      const table = box.querySelector("table")
      box.classList.toggle("rl-table--whole", table.offsetWidth <= box.clientWidth)
    }
  })

  const start = () => {
    document.querySelectorAll("table.rl-data").forEach(enhance)
    document.querySelectorAll(".rl-table, .rl-data").forEach(part => fitting.observe(part))
    reveal()
  }

  if (window.document$) window.document$.subscribe(start)
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
})()
