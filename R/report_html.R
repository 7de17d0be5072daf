# HTML of a report. Text is escaped here and nowhere else, into ASCII: the result does not depend on
# the locale, and no character of it means anything to HTML or Markdown.

html_element <- function(tag, text, attributes = "") {
  paste0("<", tag, attributes, ">", escape_html(text), "</", tag, ">")
}

html_facts <- function(facts) {
  rows <- paste0("<tr>", html_element("td", names(facts)), html_element("td", facts), "</tr>")
  html_rows(rows)
}

# `numbers` names the columns that are aligned to the right.
html_table <- function(table, numbers = character()) {
  if (nrow(table) == 0L) {
    return(html_element("p", "None."))
  }
  class <- ifelse(names(table) %in% numbers, " class=\"number\"", "")
  cells <- Map(html_element, "td", table, class)
  head <- paste0(html_element("th", names(table), class), collapse = "")
  body <- do.call(paste0, unname(cells))
  html_rows(paste0("<tr>", c(head, body), "</tr>"))
}

html_rows <- function(rows) c("<div class=\"table\"><table>", rows, "</table></div>")

escape_html <- function(text) {
  vapply(as.character(text), escape_one, "", USE.NAMES = FALSE)
}

harmless <- utf8ToInt(
  " +,-.():;0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

# All other characters become their numbers.
escape_one <- function(text) {
  points <- utf8ToInt(enc2utf8(text))
  characters <- intToUtf8(points, multiple = TRUE)
  meant <- !(points %in% harmless)
  characters[meant] <- paste0("&#", points[meant], ";")
  paste(characters, collapse = "")
}

# HTML that pandoc leaves as it is. No line of it begins with a backtick, which is escaped.
raw_block <- function(html) {
  paste0("\n```{=html}\n", paste(html, collapse = "\n"), "\n```\n\n")
}
