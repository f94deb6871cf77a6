/* On an old version: say which one is the latest, and lead to the same page in it. */
{
  const base = new URL("../../", document.currentScript.src)
  const list = new URL("../versions.json", base)
  const versions = fetch(list).then(answer => answer.ok ? answer.json() : []).catch(() => [])

  const follow = link => {
    link.search = location.search
    link.hash = location.hash
  }

  document$.subscribe(async () => {
    const banner = document.querySelector(".rl-outdated")
    const latest = (await versions).find(({ aliases }) => aliases.includes("latest"))
    if (!banner || !latest) return
    const own = base.pathname.split("/").at(-2)
    if ([latest.version, ...latest.aliases].includes(own)) return
    banner.querySelector("span").textContent = `; the latest is ${latest.version}`
    const link = banner.querySelector("a")
    follow(link)
    /* A published page stays or forwards, so this is for a version with gaps of its own. */
    const answer = await fetch(link.pathname, { method: "HEAD" }).catch(() => null)
    if (answer && answer.status === 404) {
      link.href = new URL("../latest/", base)
      link.textContent = "Start of the latest version"
    }
  })

  addEventListener("hashchange", () => {
    const link = document.querySelector(".rl-outdated a")
    if (link) follow(link)
  })
}
