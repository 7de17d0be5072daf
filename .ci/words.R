# Checks the spelling of the documentation; inst/WORDLIST lists correct words that the dictionary lacks.

found <- spelling::spell_check_package(commandArgs(trailingOnly = TRUE))
print(found)
quit(status = as.integer(nrow(found) > 0))
