# The text format of word2vec: a line of counts, then a word and its numbers on each line.

read_word2vec <- function(file, form, call) {
  # Words may be anything but white space: no sign quotes, and NA is a word
  text <- new_text(file, utils::modifyList(form, list(decimal = ".")), call, delimiter = " ")
  text$quote <- ""
  counts <- stated_counts(text, call)
  records <- find_records(text)
  lines <- records$last[-1]
  check_word_lines(text, records, counts, call)
  table <- list(
    words = TRUE,
    count = counts[["dimensions"]] + 1,
    skip = records$last[[1]],
    records = lapply(records, function(x) x[-1])
  )
  columns <- read_columns(text, table, seq_len(table$count) == 1L, call, na_strings = character())
  check_text_columns(columns, 1L, text, lines, call)
  embeddings <- bind_columns(columns[-1], length(lines), NULL)
  check_finite_in_file(embeddings, file, lines, call)
  rownames(embeddings) <- columns[[1]]
  chosen <- choose_columns(form["labels"], NULL, 0L, file, NA, call)
  list(embeddings = embeddings, label_file = chosen$label_file)
}

stated_counts <- function(text, call) {
  line <- first_full_line(text)
  if (!grepl("^[0-9]{1,9} [0-9]{1,9}$", line, useBytes = TRUE)) {
    stop_file(
      text$file, 1L, paste(quote_text(line), "does not count words and dimensions"),
      "Write the two numbers before the words, or give another `format`.", call
    )
  }
  counts <- as.numeric(strsplit(line, " ")[[1]])
  c(words = counts[[1]], dimensions = counts[[2]])
}

check_word_lines <- function(text, records, counts, call) {
  words <- length(records$last) - 1
  uneven <- which(records$fields[-1] != counts[["dimensions"]] + 1)
  if (length(uneven) > 0L) {
    record <- uneven[[1]] + 1L
    stop_file(
      text$file, records$last[[record]],
      paste0(
        count_of(records$fields[[record]], "field"), " where a word and ",
        count_of(counts[["dimensions"]], "number"), " are expected"
      ),
      "Repair the line, or the counts in line 1.", call
    )
  }
  if (words != counts[["words"]]) {
    stop_file(
      text$file, records$last[[length(records$last)]],
      paste0(
        "it ends after ", count_of(words, "word"), " where line 1 counts ",
        format_count(counts[["words"]])
      ),
      "Write the file again, or repair the counts in line 1.", call
    )
  }
}
