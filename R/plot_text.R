# Names in plots: shortened and broken into lines by the columns they take on a screen. A Chinese
# character takes two, and an emoji is never cut apart.

display_width <- function(text) cli::utf8_nchar(text, "width")

# On one line, without bytes that are no text.
printable_text <- function(text) {
  text <- iconv(enc2utf8(as.character(text)), "UTF-8", "UTF-8", sub = "byte")
  gsub("[[:cntrl:]]+", " ", text)
}

# Names often differ at their ends, so long ones are cut in the middle.
shorten_names <- function(names, width) {
  names <- printable_text(names)
  long <- which(display_width(names) > width)
  names[long] <- vapply(names[long], cut_middle, "", width = width)
  names
}

cut_middle <- function(name, width) {
  characters <- cli::utf8_graphemes(name)[[1]]
  widths <- display_width(characters)
  half <- (width - 3) %/% 2
  first <- cumsum(widths) <= half
  last <- rev(cumsum(rev(widths)) <= half)
  paste(c(characters[first], "...", characters[last]), collapse = "")
}

# In one or two lines of at most `width` columns each.
wrap_names <- function(names, width) {
  names <- shorten_names(names, 2 * width - 3)
  long <- which(display_width(names) > width)
  names[long] <- vapply(names[long], break_name, "", width = width)
  names
}

# The break nearest to the middle, after a space or a sign if there is one that fits.
break_name <- function(name, width) {
  characters <- cli::utf8_graphemes(name)[[1]]
  before <- cumsum(display_width(characters))
  total <- before[[length(before)]]
  fits <- which(before <= width & total - before <= width)
  between_dots <- characters[fits] == "." & characters[fits + 1L] == "."
  fits <- if (all(between_dots)) fits else fits[!between_dots]
  after_sign <- fits[grepl("[[:space:]/_,:;|+-]", characters[fits])]
  candidates <- if (length(after_sign) > 0L) after_sign else fits
  at <- candidates[[which.min(abs(before[candidates] - total / 2))]]
  lines <- c(
    paste(characters[seq_len(at)], collapse = ""), paste(characters[-seq_len(at)], collapse = "")
  )
  paste(trimws(lines), collapse = "\n")
}

# Names that became equal are numbered.
distinct_names <- function(names) {
  number <- stats::ave(seq_along(names), names, FUN = seq_along)
  ifelse(number > 1L, paste0(names, " (", number, ")"), names)
}
