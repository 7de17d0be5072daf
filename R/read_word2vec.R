# Words and their numbers as text: word2vec, which counts them in its first line, and GloVe, which
# does not. Words may contain anything but line breaks: quotes have no meaning, and NA is a word.

read_word2vec <- function(file, form, call) {
  if (is_binary_word2vec(file)) {
    return(read_word2vec_binary(file, form, call))
  }
  text <- new_word_text(file, form, call)
  counts <- stated_counts(text, call)
  if (all(is_blank(read_lines(text)[-1]))) {
    check_word_count(0, text, counts, call)
    return(list(embeddings = matrix(0, 0L, counts[["dimensions"]])))
  }
  table <- list(words = TRUE, count = counts[["dimensions"]] + 1, skip = 1L, trailing = 0L)
  content <- read_words(text, table, form, call, function(records) {
    check_word_lines(records, text, counts, call)
  })
  check_word_count(nrow(content$embeddings), text, counts, call)
  content
}

read_glove <- function(file, form, call) {
  text <- new_word_text(file, form, call)
  first <- head_records(text, 100L)
  check_not_blank(text, first, call)
  # Most words contain no blank
  fields <- table(count_fields(first$text, text))
  fields <- as.numeric(names(fields)[max(which(fields == max(fields)))])
  table <- list(words = TRUE, count = max(2, fields), skip = 0L, trailing = 0L)
  words <- NULL
  long <- integer()
  records <- find_records(text)
  if (any(records$fields > table$count)) {
    long <- which(records$fields > table$count)
    parts <- strsplit(trimws_bytes(records$text[long]), " +", useBytes = TRUE)
    parts <- lapply(parts, function(part) {
      Encoding(part) <- "unknown"
      part
    })
    words <- vapply(parts, function(part) {
      paste(utils::head(part, 1L - table$count), collapse = " ")
    }, "")
    records$text[long] <- vapply(parts, function(part) {
      paste(c("word", utils::tail(part, table$count - 1)), collapse = " ")
    }, "")
    text$path <- tempfile("words-", form$folder)
    text$mark <- FALSE
    writeLines(records$text, text$path, useBytes = TRUE)
    text$lines <- length(records$text)
  }
  content <- read_words(text, table, form, call, function(records) {
    check_rectangular(records, text, table, call)
  })
  if (length(long) > 0L) {
    rownames(content$embeddings)[long] <- words_as_utf8(words, file, call)
  }
  content
}

new_word_text <- function(file, form, call) {
  form$decimal <- "."
  new_text(file, form, call, delimiter = " ", quotes = FALSE)
}

# The content of a text of words; `check` finds the error if not all records are read.
read_words <- function(text, table, form, call, check) {
  refuse_names(form, text$file, "its words", call)
  line_of <- line_finder(text, table$skip)
  classes <- c("character", rep("numeric", table$count - 1))
  found <- fread_columns(text, table$skip, classes, NULL)
  if (is.null(found) || nrow(found) != text$lines - table$skip || ncol(found) != table$count) {
    records <- find_records(text, table$skip)
    check(records)
    check_all_read(found, table$count, text, table, call)
  }
  columns <- unname(as.list(found))
  other <- c(FALSE, !vapply(columns[-1], is_plain_double, NA))
  if (any(other)) {
    columns[other] <- fread_columns(text, table$skip, ifelse(other, "character", "NULL"), NULL)
  }
  chosen <- list(embedding = seq_len(table$count)[-1])
  embeddings <- bind_numbers(columns, chosen, text, table, line_of, call)
  rownames(embeddings) <- words_as_utf8(columns[[1]], text$file, call)
  files <- choose_columns(form["labels"], NULL, 0L, text$file, NA, call)
  list(
    embeddings = select_dimensions(embeddings, form, text$file, call),
    label_file = files$label_file
  )
}

# Old files have words in various encodings.
words_as_utf8 <- function(words, file, call) {
  foreign <- !validUTF8(words)
  if (any(foreign)) {
    words[foreign] <- iconv(words[foreign], "latin1", "UTF-8")
    warn_circleloss(
      "encoding",
      c(
        "{.file {file}}: {count_of(sum(foreign), 'word')} not in UTF-8, read as Latin-1.",
        "i" = "The first is {.val {words[foreign][[1]]}}."
      ),
      call = call
    )
  }
  Encoding(words) <- "UTF-8"
  words
}

# For formats whose rows already have names.
refuse_names <- function(form, file, what, call) {
  if (!is.null(form$names)) {
    stop_file(file, NA, paste(what, "are the row names"), "Drop `names`.", call)
  }
}

# The columns of a matrix that `columns` and `drop` select.
select_dimensions <- function(embeddings, form, file, call) {
  if (is.null(form$columns) && is.null(form$drop)) {
    return(embeddings)
  }
  resolve <- function(argument) {
    find_columns(
      form[[argument]], colnames(embeddings), ncol(embeddings), argument, file, NA, call
    )
  }
  kept <- if (is.null(form$columns)) seq_len(ncol(embeddings)) else resolve("columns")
  if (!is.null(form$drop)) {
    kept <- setdiff(kept, resolve("drop"))
  }
  embeddings[, kept, drop = FALSE]
}

counts_pattern <- "^[0-9]{1,9} [0-9]{1,9} *\r?$"

stated_counts <- function(text, call) {
  line <- c(read_lines(text, 1L), "")[[1]]
  if (!grepl(counts_pattern, line, useBytes = TRUE)) {
    stop_file(
      text$file, 1L, paste(quote_text(line), "does not count words and dimensions"),
      "Write the two numbers before the words, or give another `format`.", call
    )
  }
  counts <- as.numeric(strsplit(trimws_bytes(line), " ", fixed = TRUE)[[1]])
  c(words = counts[[1]], dimensions = counts[[2]])
}

check_word_lines <- function(records, text, counts, call) {
  uneven <- which(records$fields != counts[["dimensions"]] + 1)
  if (length(uneven) > 0L) {
    record <- uneven[[1]]
    stop_file(
      text$file, records$last[[record]],
      paste0(
        count_of(records$fields[[record]], "field"), " where a word and ",
        count_of(counts[["dimensions"]], "number"), " are expected"
      ),
      "Correct the line, or the counts in line 1.", call
    )
  }
  check_word_count(length(records$last), text, counts, call)
}

check_word_count <- function(words, text, counts, call) {
  if (words != counts[["words"]]) {
    stop_file(
      text$file, text$lines,
      paste0(
        "it ends after ", count_of(words, "word"), " where line 1 counts ",
        format_count(counts[["words"]])
      ),
      "Write the file again, or correct the counts in line 1.", call
    )
  }
}
