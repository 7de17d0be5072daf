# Checks that the compiled library and the R code have the same version.

.onLoad <- function(libname, pkgname) {
  check_version(.Call(ffi_version), getNamespaceVersion(pkgname))
}

# After an update a session may still hold the library of the version before.
check_version <- function(library, code) {
  if (library != code) {
    stop(
      "The compiled code of circleloss has version ", library, ", its R code version ", code,
      ": restart R, or install the package again.",
      call. = FALSE
    )
  }
}
