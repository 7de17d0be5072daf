library(testthat)
library(circleloss)

test_check("circleloss")
