// What the pages do: formulas, contents, buttons that copy code, and the search. It takes the place of
// pkgdown's own script, which needs libraries from a network.
"use strict";

const siteRoot = new URL(".", document.currentScript.src);

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Formulas ---------------------------------------------------------------------------------------

function renderFormulas() {
  renderMathInElement(document.body, {
    delimiters: [
      { left: "$$", right: "$$", display: true },
      { left: "\\[", right: "\\]", display: true },
      { left: "\\(", right: "\\)", display: false },
    ],
  });
}

// Contents ---------------------------------------------------------------------------------------

function contentsLink(heading) {
  const link = element("a", { class: "nav-link", href: "#" + heading.id }, heading.textContent.trim());
  return element("li", { class: "nav-item" }, link);
}

// Lists the headings of the page, the third level below the second
function listContents() {
  const contents = document.getElementById("toc");
  if (contents === null) return;
  const list = element("ul", { class: "nav flex-column" });
  for (const heading of document.querySelectorAll("main h2[id], main h3[id]")) {
    if (heading.tagName === "H2" || list.lastElementChild === null) {
      list.append(contentsLink(heading));
      continue;
    }
    const above = list.lastElementChild;
    if (above.querySelector("ul") === null) above.append(element("ul", { class: "nav flex-column" }));
    above.querySelector("ul").append(contentsLink(heading));
  }
  contents.append(list);
  new bootstrap.ScrollSpy(document.body, { target: "#toc" });
}

// Copying ----------------------------------------------------------------------------------------

// The code of a block without the output that it shows
function codeOf(block) {
  return block.querySelector("pre").textContent.replace(/^#>.*\n?/gm, "");
}

function offerCopies() {
  if (!navigator.clipboard) return;
  for (const block of document.querySelectorAll("div.sourceCode")) {
    const button = element("button", { type: "button", class: "btn btn-primary btn-copy-ex" }, "Copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(codeOf(block));
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    block.classList.add("hasCopyButton");
    block.prepend(button);
  }
}

// Search -----------------------------------------------------------------------------------------

// The index is a script, so that it can be loaded from a file as well as from a server
let loading = null;
function loadSearchIndex() {
  loading ??= new Promise((resolve, reject) => {
    const script = element("script", { src: new URL("search.js", siteRoot) });
    script.addEventListener("load", () => resolve(window.searchIndex.filter(({ title }) => title)));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

// How well a section answers: 0 unless it has all words, more if they stand in its heading or title
function rankOf(section, words) {
  const places = [
    [section.title, 4],
    [section.what, 2],
    [`${section.text} ${section.code}`, 1],
  ];
  const ranks = words.map((word) => {
    const found = places.filter(([text]) => text.toLowerCase().includes(word));
    return found.reduce((sum, [, weight]) => sum + weight, 0);
  });
  return ranks.includes(0) ? 0 : ranks.reduce((sum, rank) => sum + rank, 0);
}

function findSections(index, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return index
    .map((section) => ({ section, rank: rankOf(section, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((one, other) => other.rank - one.rank)
    .slice(0, 12)
    .map(({ section }) => section);
}

function resultOf(section) {
  const page = new URL(section.path.replace(/^\//, ""), siteRoot);
  page.hash = section.id ?? "";
  const heading = section.what === section.title ? section.dir : section.what;
  const link = element("a", { class: "dropdown-item text-wrap", href: page });
  link.append(element("strong", {}, section.title), element("div", { class: "small" }, heading));
  return link;
}

function offerSearch() {
  const input = document.getElementById("search-input");
  const results = element("div", { class: "dropdown-menu search-results", role: "listbox" });
  input.after(results);
  input.form.classList.add("position-relative");
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    results.querySelector("a")?.click();
  });
  input.addEventListener("focus", loadSearchIndex);
  input.addEventListener("input", async () => {
    const found = findSections(await loadSearchIndex(), input.value);
    results.replaceChildren(...found.map(resultOf));
    results.classList.toggle("show", found.length > 0);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") results.classList.remove("show");
    if (event.key === "ArrowDown") results.querySelector("a")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (!input.form.contains(event.target)) results.classList.remove("show");
  });
}

renderFormulas();
listContents();
offerCopies();
offerSearch();
