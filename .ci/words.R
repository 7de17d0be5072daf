# Looks for misspelt words in the documentation; inst/WORDLIST holds those that are none.

found <- spelling::spell_check_package(commandArgs(trailingOnly = TRUE))
print(found)
quit(status = as.integer(nrow(found) > 0))
