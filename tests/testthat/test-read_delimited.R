# CSV, TSV and their relatives, and the text they are made of.

xy <- c("x", "y")

# What is accepted -------------------------------------------------------------------------------

test_that("any delimiter is found out, or given", {
  local_folder()
  for (delimiter in c(",", ";", "\t", " ")) {
    text_file("x.csv", paste0(c("x", "1", "3"), delimiter, c("y", "2", "4")))
    expect_identical(read_parts("x.csv"), parts(square(), columns = xy))
    expect_identical(read_parts("x.csv", delimiter = delimiter), parts(square(), columns = xy))
  }
  text_file("x.csv", "x|y", "1|2", "3|4")
  expect_identical(read_parts("x.csv", delimiter = "|"), parts(square(), columns = xy))
  text_file("x.tsv", "1", "2")
  expect_identical(read_parts("x.tsv"), parts(cbind(c(1, 2))))
  text_file("spaces.txt", "  1   2", "3\t4  ", "")
  expect_identical(read_parts("spaces.txt", delimiter = " "), parts(square()))
})

test_that("decimal commas are read if they are asked for", {
  local_folder()
  text_file("x.csv", "label;x", "a;1,5", "b;-2", "c;,25")
  expect_identical(
    read_parts("x.csv", decimal = ","),
    parts(cbind(x = c(1.5, -2, 0.25)), c("a", "b", "c"))
  )
  text_file("x.csv", "label;x", "a;\"1,5\"")
  expect_identical(read_parts("x.csv", decimal = ","), parts(cbind(x = 1.5), "a"))
})

test_that("numbers are read as R reads them", {
  local_folder()
  text <- c("1e-3", "-1.5E+2", ".5", "5.", "0.1", "1234567890123456789", "2.2250738585072014e-308")
  text_file("x.csv", text)
  expect_identical(read_parts("x.csv"), parts(cbind(as.numeric(text))))
})

test_that("line ends may be those of Windows, and the last one may be missing", {
  local_folder()
  text_file("x.csv", "label,x", "a,1", "b,2", end = "\r\n")
  expect_identical(read_parts("x.csv"), parts(cbind(x = c(1, 2)), c("a", "b")))
  bytes_file("x.csv", "label,x\na,1\nb,2")
  expect_identical(read_parts("x.csv"), parts(cbind(x = c(1, 2)), c("a", "b")))
})

test_that("blank lines are passed over", {
  local_folder()
  text_file("x.csv", "", "x,y", "", "1,2", "", "3,4", "", "")
  expect_identical(read_parts("x.csv"), parts(square(), columns = xy))
})

test_that("quotes protect delimiters, line breaks and quotes", {
  local_folder()
  text_file("x.csv", "\"label\",\"x\"", "\"a,b\nc\",1", "\"d\"\"e\",\"2\"", "plain , 3")
  expect_identical(
    read_parts("x.csv"),
    parts(cbind(x = c(1, 2, 3)), c("a,b\nc", "d\"e", "plain"))
  )
})

test_that("in tab-separated text they surround whole fields or are text", {
  local_folder()
  text_file("x.tsv", "\"label\"\tx", "\"a \"\"b\"\"\"\t\"1\"", "5\" disk\t2", "\"\t3")
  expect_identical(
    read_parts("x.tsv"),
    parts(cbind(x = c(1, 2, 3)), c("a \"b\"", "5\" disk", "\""))
  )
})

test_that("blanks in labels are kept, beside numbers they are dropped", {
  local_folder()
  text_file("x.csv", "label, x", " class 1 , 1", "class 2,2 ")
  expect_identical(read_parts("x.csv"), parts(cbind(x = c(1, 2)), c("class 1", "class 2")))
})

test_that("UTF-8 and Latin-1 are read", {
  local_folder()
  text_file("x.csv", "label,\u00e4", "caf\u00e9,1")
  expected <- parts(matrix(1), "caf\u00e9", columns = "\u00e4")
  expect_identical(read_parts("x.csv"), expected)
  bytes_file("x.csv", "label,", 0xe4, "\ncaf", 0xe9, ",1\n")
  expect_identical(read_parts("x.csv", encoding = "latin1"), expected)
})

# Header -----------------------------------------------------------------------------------------

test_that("a header is recognised", {
  local_folder()
  is_header <- function(...) {
    text_file("x.csv", ...)
    !is.null(colnames(read_embeddings("x.csv")$embeddings))
  }
  expect_true(is_header("x,y", "1,2"))
  expect_true(is_header("x,2", "1,2"))
  expect_true(is_header("label,0", "a,5"))
  # The names that pandas gives to columns
  expect_true(is_header("0,1,2,3", "5,6,7,8"))
  expect_true(is_header("1,2,3,4", "5,6,7,8"))
  expect_false(is_header("0,1,2", "5,6,7"))
  expect_false(is_header("1,2,4,3", "5,6,7,8"))
  expect_false(is_header("1,2", "3,4"))
  expect_false(is_header("1,2"))
})

test_that("a column that is asked for by name is in a header", {
  local_folder()
  text_file("x.csv", "5,kind", "1,a")
  expect_identical(read_parts("x.csv", "kind"), parts(cbind("5" = 1), "a"))
})

test_that("labels do not make a header", {
  local_folder()
  text_file("x.csv", "a,1,2", "b,3,4")
  expect_identical(read_parts("x.csv", 1), parts(square(), c("a", "b")))
  text_file("x.csv", "a,1,2")
  expect_identical(read_parts("x.csv", 1), parts(rbind(c(1, 2)), "a"))
})

test_that("a header may be stated", {
  local_folder()
  text_file("x.csv", "1,2", "3,4")
  expect_identical(
    read_parts("x.csv", header = TRUE),
    parts(rbind(c(3, 4)), columns = c("1", "2"))
  )
  text_file("x.csv", "0,1,2,3", "4,5,6,7")
  expect_identical(
    read_parts("x.csv", header = FALSE),
    parts(matrix(as.double(0:7), 2, byrow = TRUE))
  )
})

# Columns ----------------------------------------------------------------------------------------

test_that("labels are a column by name, by number, or called label", {
  local_folder()
  text_file("x.csv", "x,kind,y", "1,a,2", "3,b,4")
  expected <- parts(square(), c("a", "b"), columns = xy)
  expect_identical(read_parts("x.csv", "kind"), expected)
  expect_identical(read_parts("x.csv", 2), expected)
  text_file("x.csv", "x,y,Label", "1,2,a", "3,4,b")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "labels,x,y", "a,1,2", "b,3,4")
  expect_identical(read_parts("x.csv"), expected)
})

test_that("a name that is a column's and a file's is the column's", {
  local_folder()
  text_file("kind", "c")
  text_file("x.csv", "kind,x", "a,1")
  expect_identical(read_embeddings("x.csv", "kind")$labels, "a")
})

test_that("names of rows are a column that is given, or the first without a name", {
  local_folder()
  text_file("x.csv", "id,x,y", "7,1,2", "8,3,4")
  expect_identical(
    read_parts("x.csv", names = "id"),
    parts(square(), names = c("7", "8"), columns = xy)
  )
  frame <- data.frame(x = c(1, 3), y = c(2, 4), label = c("a", "b"), row.names = c("p", "q"))
  expected <- parts(square(), c("a", "b"), c("p", "q"), xy)
  utils::write.csv(frame, "x.csv")
  expect_identical(read_parts("x.csv"), expected)
  utils::write.table(frame, "x.tsv", sep = "\t")
  expect_identical(read_parts("x.tsv"), expected)
  utils::write.table(frame, "x.txt")
  expect_identical(read_parts("x.txt"), expected)
})

test_that("one column may be names and labels", {
  local_folder()
  text_file("x.csv", "kind,x", "a,1", "b,2")
  expect_identical(
    read_parts("x.csv", "kind", names = "kind"),
    parts(cbind(x = c(1, 2)), c("a", "b"), c("a", "b"), "x")
  )
})

test_that("columns that are not there or not distinct are refused", {
  local_folder()
  text_file("x.csv", "a,b,c,d,e,f,g,h", "1,2,3,4,5,6,7,8")
  text_file("numbers.csv", "1,2", "3,4")
  text_file("twice.csv", "", "x,y,x", "1,2,3")
  text_file("nameless.csv", "x,,", "1,2,3")
  expect_refused("file", {
    read_embeddings("x.csv", "kind")
    read_embeddings("x.csv", 9)
    read_embeddings("x.csv", names = "i")
    read_embeddings("numbers.csv", "kind")
    read_embeddings("numbers.csv", 3)
    read_embeddings("twice.csv")
    read_embeddings("nameless.csv")
  })
})

# What is malformed ------------------------------------------------------------------------------

test_that("ragged rows are refused", {
  local_folder()
  text_file("short.csv", "x,y,z", "1,2,3", "1,2")
  text_file("long.csv", "x,y", "1,2", "", "1,2,3,4")
  text_file("first.csv", "x,y", "1,2,3,4", "1,2,3,4")
  text_file("numbers.csv", "1", "1,2", end = "\n")
  text_file("header.csv", "x,y,label", "1,2", "3,4")
  expect_refused("file", {
    read_embeddings("short.csv")
    read_embeddings("long.csv")
    read_embeddings("first.csv")
    read_embeddings("numbers.csv")
    read_embeddings("header.csv")
  })
})

test_that("text in columns of numbers is refused", {
  local_folder()
  text_file("text.csv", "label,x,y", "a,1,2", "b,3,4", "c,5,abc", "d,e,6")
  text_file("two.csv", "a,1", "b,2")
  text_file("blank.csv", "x,y", "1 2,3")
  text_file("true.csv", "x", "TRUE")
  text_file("comma.csv", "label;x", "a;0,5")
  bytes_file("bytes.csv", "x\n1\n2\n", c(0xe9, 0x31), "\n")
  text_file("unit.csv", "x,y", "1,2", paste0("1,", strrep("long ", 20)))
  expect_refused("file", {
    read_embeddings("text.csv")
    read_embeddings("two.csv")
    read_embeddings("blank.csv")
    read_embeddings("true.csv")
    read_embeddings("comma.csv")
    read_embeddings("bytes.csv")
    read_embeddings("unit.csv")
  })
})

test_that("numbers that are missing or not finite are refused", {
  local_folder()
  text_file("na.csv", "x,y", "1,2", "", "3,NA")
  text_file("empty.csv", "x,y", "1,2", ",4")
  text_file("nan.csv", "1,2", "NaN,4")
  text_file("inf.csv", "1,2", "3,-Inf")
  text_file("large.csv", "1,2", "3,1e999")
  text_file("quoted.csv", "x,y", "\"1\",\"\"")
  expect_refused("file", {
    read_embeddings("na.csv")
    read_embeddings("empty.csv")
    read_embeddings("nan.csv")
    read_embeddings("inf.csv")
    read_embeddings("large.csv")
    read_embeddings("quoted.csv")
  })
})

test_that("missing labels are refused", {
  local_folder()
  text_file("one.csv", "label,x", "a,1", ",2", "b,3")
  text_file("two.csv", "label,x", "a,1", "b,2", "NA,3", ",4")
  text_file("all.csv", "label,x", ",1", ",2")
  expect_refused("file", {
    read_embeddings("one.csv")
    read_embeddings("two.csv")
    read_embeddings("all.csv")
  })
})

test_that("text without rows is refused", {
  local_folder()
  text_file("blank.csv", "", "   ", "")
  text_file("header.csv", "label,x,y")
  bytes_file("mark.csv", c(0xef, 0xbb, 0xbf))
  expect_refused("file", {
    read_embeddings("blank.csv")
    read_embeddings("header.csv")
    read_embeddings("mark.csv")
  })
})

test_that("another encoding is refused", {
  local_folder()
  bytes_file("label.csv", "label,x\na,1\nb,2\nc,3\ncaf", 0xe9, ",4\n")
  bytes_file("header.csv", "caf", 0xe9, ",x\n1,2\n")
  bytes_file("second.csv", "label,x\ncaf", 0xe9, ",2\n")
  expect_refused("file", {
    read_embeddings("label.csv")
    read_embeddings("header.csv")
    read_embeddings("second.csv")
  })
})

test_that("quotes that are not closed are refused", {
  local_folder()
  text_file("first.csv", "label,x", "\"a,1", "b,2")
  text_file("last.csv", "label,x", "a,1", "\"b,2")
  text_file("middle.csv", "label,x", "\"a,1", "b\",2", "c,3")
  text_file("fitting.csv", "label,x", "a,1", "2,\"b")
  expect_refused("file", {
    read_embeddings("first.csv")
    read_embeddings("last.csv")
    read_embeddings("fitting.csv")
  })
  # This one is closed
  expect_error(read_embeddings("middle.csv"), NA)
})

# Quotes -----------------------------------------------------------------------------------------

test_that("quotes inside of fields without quotes are kept", {
  local_folder()
  text_file("x.csv", "label,x,y", "5\" disk,1,0", "usb,0,1", "usb,0.1,1", "5\" disk,1,0.2")
  expect_identical(
    read_parts("x.csv"),
    parts(
      cbind(x = c(1, 0, 0.1, 1), y = c(0, 1, 1, 0.2)),
      c("5\" disk", "usb", "usb", "5\" disk")
    )
  )
  text_file("x.csv", "label,x", "a\"b\"c,1", "\"d\",2")
  expect_identical(read_embeddings("x.csv")$labels, c("a\"b\"c", "d"))
})

test_that("quotes after a backslash are quotes", {
  local_folder()
  text_file("x.csv", "label,x", "\"say \\\"hi\\\"\",1", "b,2")
  expect_identical(read_embeddings("x.csv")$labels, c("say \"hi\"", "b"))
  frame <- data.frame(label = c("say \"hi\"", "5\" disk, new"), x = c(1, 0.5))
  utils::write.table(frame, "x.txt", row.names = FALSE)
  expect_identical(read_embeddings("x.txt")$labels, frame$label)
  utils::write.csv(frame, "x.csv", row.names = FALSE)
  expect_identical(read_embeddings("x.csv")$labels, frame$label)
})

test_that("a table of any length keeps its rows", {
  local_folder()
  rows <- 2500
  quoted <- sprintf("\"l\n%d\",\"%d\"", seq_len(rows), seq_len(rows))
  text_file("x.csv", "label,x", quoted)
  expected <- parts(cbind(x = as.double(seq_len(rows))), paste0("l\n", seq_len(rows)))
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "label,x", quoted, "last,one", "very,last")
  error <- expect_error(read_embeddings("x.csv"), class = "circleloss_error_file")
  expect_identical(error$line, 2L * 2500L + 2L)
})

test_that("whatever R quotes is read as it was", {
  skip_on_cran()
  local_folder()
  set.seed(1)
  signs <- c("a", "b", " ", ",", ";", "\"", "\n", "1", "0.5", "#", "'", "\t", "|")
  word <- function(...) paste0("<", paste(sample(signs, 4), collapse = ""), ">")
  for (round in 1:50) {
    frame <- data.frame(e1 = c(1.5, -2, 7), label = vapply(1:3, word, ""), e2 = c(0.25, 4, -1))
    expected <- parts(as.matrix(frame[c("e1", "e2")]), frame$label)
    utils::write.csv(frame, "x.csv", row.names = FALSE)
    expect_identical(read_parts("x.csv"), expected)
    utils::write.table(frame, "x.txt", row.names = FALSE)
    expect_identical(read_parts("x.txt"), expected)
    utils::write.table(frame, "x.tsv", sep = "\t", row.names = FALSE)
    expect_identical(read_parts("x.tsv"), expected)
  }
})

# fread() would begin at the first rows that agree
test_that("rows are not lost where the first ones differ", {
  local_folder()
  text_file("x.csv", "1,2,3", "3,4", "5,6,7", "8,9,1")
  error <- expect_error(read_embeddings("x.csv"), class = "circleloss_error_file")
  expect_identical(error$line, 2L)
})

test_that("lines may end as on old machines", {
  local_folder()
  text_file("x.csv", "label,x", "a,1", "b,2", end = "\r")
  expect_identical(read_parts("x.csv"), parts(cbind(x = c(1, 2)), c("a", "b")))
})

# Header, and what is around tables --------------------------------------------------------------

test_that("columns that were chosen have no vote on the header", {
  local_folder()
  rows <- c("A,0.1,0.2", "7,0.3,0.4", "A,0.5,0.6", "7,0.6,0.6")
  text_file("first.csv", rows)
  text_file("last.csv", sub("([^,]*),(.*)", "\\2,\\1", rows))
  text_file("whole.csv", "A,1,2", "7,3,4")
  numbers <- rbind(c(0.1, 0.2), c(0.3, 0.4), c(0.5, 0.6), c(0.6, 0.6))
  labels <- c("A", "7", "A", "7")
  expect_identical(read_parts("first.csv", 1), parts(numbers, labels))
  expect_identical(read_parts("last.csv", 3), parts(numbers, labels))
  expect_identical(read_parts("first.csv", names = 1), parts(numbers, names = labels))
  expect_identical(read_parts("whole.csv", 1), parts(square(), c("A", "7")))
  # Without a choice it is an error
  expect_error(read_embeddings("first.csv"), class = "circleloss_error_file")
})

test_that("positions that pandas takes for names are a header above fractions", {
  local_folder()
  text_file("x.csv", "0,1,2", "0.5,0.25,7", "0.1,0.2,8")
  expect_identical(read_embeddings("x.csv", "2")$labels, 7:8)
  text_file("x.csv", ",0,1", "0,1,2", "1,3,4")
  expect_identical(read_parts("x.csv"), parts(square(), names = c("0", "1"), columns = c("0", "1")))
})

test_that("a delimiter at the end of every line is no column", {
  local_folder()
  expected <- parts(square(), columns = xy)
  text_file("x.csv", "x,y,", "1,2,", "3,4,")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "x,y", "1,2,", "3,4,")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "1,2,", "3,4,")
  expect_identical(read_parts("x.csv"), parts(square()))
  text_file("x.csv", "x,y,,", "1,2,,", "3,4,,")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "1,2,", "3,4,5")
  expect_error(read_embeddings("x.csv"), "line 2", class = "circleloss_error_file")
})

test_that("what stands before a header is passed over", {
  local_folder()
  expected <- parts(square(), columns = xy)
  text_file("x.csv", "sep=;", "x;y", "1;2", "3;4")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "# x,y", "1,2", "3,4")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "# a comment", "#x,y", "1,2", "3,4")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "# a comment", "x,y", "1,2", "3,4")
  expect_identical(read_parts("x.csv"), expected)
  text_file("x.csv", "#love,1,2", "#hate,3,4")
  expect_identical(read_parts("x.csv", 1), parts(square(), c("#love", "#hate")))
})

# Columns set aside ------------------------------------------------------------------------------

test_that("columns may be chosen and dropped", {
  local_folder()
  text_file(
    "x.csv", "path,text,split,label,e1,e2", "p/1,\"a, b\",train,cat,1,2", "p/2,c,test,dog,3,4"
  )
  expected <- parts(square(), c("cat", "dog"), columns = c("e1", "e2"))
  expect_identical(read_parts("x.csv", drop = c("path", "text", "split")), expected)
  expect_identical(read_parts("x.csv", drop = 1:3), expected)
  expect_identical(read_parts("x.csv", columns = starts_with("e")), expected)
  expect_identical(read_parts("x.csv", columns = c("e1", "e2")), expected)
  expect_identical(read_parts("x.csv", columns = list(5, "e2")), expected)
  wanted <- 5:6
  read <- read_embeddings("x.csv", columns = wanted, names = "path")
  expect_identical(rownames(read$embeddings), c("p/1", "p/2"))
  expect_identical(read$source$set_aside, c("text", "split"))
  expect_refused("file", {
    read_embeddings("x.csv")
    read_embeddings("x.csv", drop = "colour")
    read_embeddings("x.csv", columns = starts_with("f"))
  })
})

test_that("an index becomes names, and what looks like one is warned of", {
  local_folder()
  named <- parts(square(), names = c("0", "1"), columns = xy)
  for (name in c("Unnamed: 0", "...1", "index", "id", "X", "V1")) {
    text_file("x.csv", paste0(name, ",x,y"), "0,1,2", "1,3,4")
    expect_identical(read_parts("x.csv"), named)
  }
  text_file("x.csv", "x,y,id", "1,2,9007199254740993", "3,4,9007199254740992")
  expect_identical(
    rownames(read_embeddings("x.csv")$embeddings),
    c("9007199254740993", "9007199254740992")
  )
  # Coordinates
  text_file("x.csv", "X,Y", "1,2", "2,4")
  expect_identical(read_parts("x.csv"), parts(cbind(X = c(1, 2), Y = c(2, 4))))
  text_file("x.csv", "nr,x,y", "1,0.5,2", "2,3,4", "3,5,6")
  expect_identical(warning_classes(read_embeddings("x.csv")), "circleloss_warning_index")
  expect_identical(warning_classes(read_embeddings("x.csv", drop = "nr")), character())
})

test_that("messages count the columns of the file", {
  local_folder()
  text_file("x.csv", "label,x,y", "a,1,2", "b,3,NA")
  expect_error(read_embeddings("x.csv"), "column 3 (y) is missing", fixed = TRUE)
  text_file("x.csv", "a,1,2", "b,3,Inf")
  expect_error(read_embeddings("x.csv", 1), "column 3 is Inf", fixed = TRUE)
})

test_that("NA is missing where it is a label, and a name where it is one", {
  local_folder()
  text_file("x.csv", "name,label,x", "NA,\"NA\",1", "b,c,2")
  expect_identical(
    read_parts("x.csv", names = "name"),
    parts(cbind(x = c(1, 2)), c("NA", "c"), c("NA", "b"), "x")
  )
})

test_that("a point is no number where commas are", {
  local_folder()
  text_file("x.csv", "x;y", "1,5;1.234", "2;3")
  expect_error(read_embeddings("x.csv", decimal = ","), "1.234", fixed = TRUE)
})
