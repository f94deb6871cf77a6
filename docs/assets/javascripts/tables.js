/**
 * Sorting and filters for `<table class="rl-data">`.
 *
 * Each header of the last row of the table's head gets a button that sorts by its column,
 * unless there are only a few rows.
 * A header with `data-filter` also gets a list of its column's values above the table.
 * A cell sorts by the number in its `data-value`, or else by its text. Without this script
 * the table stays a plain table; on paper, the rows that were shown are printed, under the
 * filters that chose them.
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

  /** What a cell is found by: its parts, where it has several, or its text. */
  const valuesOf = cell => cell.dataset.values?.split("|").filter(Boolean) ?? [textOf(cell)]

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
      })
      header.append(button)
    })

    const count = element("output", { className: "rl-count" })
    count.setAttribute("aria-live", "polite")
    const reset = element("button", { type: "button", className: "rl-reset" }, "Reset")

    const report = () => {
      const shown = original.filter(row => !row.hidden).length
      const chosen = filters.filter(({ select }) => select.value !== "")
      const conditions = chosen.map(({ name, select }) => `${name} ${select.value}`)
      const text = [`${shown} of ${original.length} rows`, ...conditions].join(", ")
      if (count.textContent !== text) count.textContent = text
      count.classList.toggle("rl-count--all", chosen.length === 0)
      reset.disabled = chosen.length === 0 && !head.querySelector("[aria-sort]")
    }

    const filter = () => {
      for (const row of original) {
        row.hidden = filters.some(({ column, select }) =>
          select.value !== "" && !valuesOf(row.cells[column]).includes(select.value))
      }
      report()
    }

    reset.addEventListener("click", () => {
      headers.forEach(header => header.removeAttribute("aria-sort"))
      filters.forEach(({ select }) => { select.value = "" })
      body.append(...original)
      filter()
      const first = tools.querySelector("select") || head.querySelector("button")
      if (first) first.focus()
    })

    const tools = element("div", { className: "rl-tools" })
    headers.forEach((header, column) => {
      if (header.dataset.filter === undefined) return
      const cells = original.map(row => row.cells[column]).sort((a, b) => compare(a, b, 1))
      const select = element("select", { autocomplete: "off" }, new Option("All", ""))
      for (const value of new Set(cells.flatMap(valuesOf))) select.append(new Option(value, value))
      const name = header.dataset.filter || names[column]
      filters.push({ column, name, select })
      select.addEventListener("change", filter)
      tools.append(element("label", { className: "rl-filter" }, name, select))
    })
    if (filters.length === 0) return
    tools.append(count, reset)
    const frame = table.closest(".rl-table") || table
    frame.before(tools)
    report()
  }

  /** Material wraps plain tables in a box that scrolls: let the keyboard reach it. */
  const reachable = box => {
    box.tabIndex = 0
    box.setAttribute("role", "group")
    box.setAttribute("aria-label", "Table")
  }

  const start = () => {
    document.querySelectorAll("table.rl-data").forEach(enhance)
    document.querySelectorAll(".md-typeset__scrollwrap").forEach(reachable)
  }

  if (window.document$) window.document$.subscribe(start)
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
  else start()
})()
