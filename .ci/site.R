# Builds the documentation site of a copy of the tree, without a network.
#
#   Rscript .ci/site.R TREE SITE
#
# First it checks that every exported topic and vignette has its one place in _pkgdown.yml. The own
# templates of pkgdown take scripts and styles from the network: pkgdown/offline has others, and
# KaTeX is Debian's.

arguments <- commandArgs(trailingOnly = TRUE)
tree <- arguments[[1]]
site <- arguments[[2]]

# downlit asks CRAN where packages that are not installed are documented; nobody answers here
options(pkgdown.internet = FALSE)
utils::assignInNamespace(
  "CRAN_urls", function() data.frame(Package = character(), URL = character()), "downlit"
)

check_once <- function(topics) {
  twice <- topics[duplicated(topics)]
  if (length(twice) > 0) {
    stop("In more than one section of _pkgdown.yml: ", paste(twice, collapse = ", "))
  }
}

copy_katex <- function() {
  from <- file.path("/usr/share/javascript/katex", c(
    "katex.min.js", "katex.min.css", "contrib/auto-render.js", "fonts"
  ))
  dir.create(file.path(site, "katex"))
  stopifnot(file.copy(from, file.path(site, "katex"), recursive = TRUE))
}

# As a script the index can be loaded from a file as well as from a server
write_search_index <- function() {
  index <- readLines(file.path(site, "search.json"), encoding = "UTF-8")
  writeLines(c("window.searchIndex =", index, ";"), file.path(site, "search.js"))
}

pkg <- pkgdown::as_pkgdown(tree, override = list(
  destination = site,
  template = list(
    path = file.path(tree, "pkgdown", "offline", "templates"),
    assets = file.path(tree, "pkgdown", "offline", "assets")
  )
))
pkgdown::check_pkgdown(pkg)
check_once(unlist(lapply(pkg$meta$reference, `[[`, "contents")))
pkgdown::build_site(pkg, devel = FALSE, preview = FALSE, new_process = FALSE, install = FALSE)
copy_katex()
write_search_index()
# The site map is for search engines, and would have to name the host
unlink(file.path(site, "sitemap.xml"))
