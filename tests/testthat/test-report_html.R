# HTML of a report.

test_that("nothing in a text means anything to HTML or Markdown", {
  hostile <- "<script>alert('1')</script> & \"quotes\" `code` *bold* $x$ [a](b) \\ \n ```"
  escaped <- escape_html(hostile)
  expect_match(escaped, "^[A-Za-z0-9 .,:;()+&#-]*$")
  expect_no_match(escaped, "<|>|`|\\*|\\$|\\[|\\\\|\n")
  expect_identical(escape_html("<&>"), "&#60;&#38;&#62;")
})

test_that("text of any script becomes ASCII", {
  expect_identical(escape_html("\u00e9\U0001f600"), "&#233;&#128512;")
  expect_identical(escape_html(c("", "a b")), c("", "a b"))
  latin1 <- "\xe9"
  Encoding(latin1) <- "latin1"
  expect_identical(escape_html(latin1), "&#233;")
})

test_that("a table has its cells in order, numbers to the right", {
  html <- html_table(data.frame(label = c("a", "<b>"), value = c("1", "2")), numbers = "value")
  expect_identical(html, c(
    "<div class=\"table\"><table>",
    "<tr><th>label</th><th class=\"number\">value</th></tr>",
    "<tr><td>a</td><td class=\"number\">1</td></tr>",
    "<tr><td>&#60;b&#62;</td><td class=\"number\">2</td></tr>",
    "</table></div>"
  ))
  expect_identical(html_table(data.frame(label = character())), "<p>None.</p>")
})

test_that("facts are rows of two cells", {
  expect_identical(
    html_facts(c("x & y" = "1"))[[2]], "<tr><td>x &#38; y</td><td>1</td></tr>"
  )
})

test_that("a block of HTML is fenced", {
  expect_identical(raw_block(c("<p>1</p>", "<p>2</p>")),
    "\n```{=html}\n<p>1</p>\n<p>2</p>\n```\n\n")
})
