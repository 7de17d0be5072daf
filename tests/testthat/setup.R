# Tests use two threads at most, as CRAN wants it.

circleloss_threads(2)
