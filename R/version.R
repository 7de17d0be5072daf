# The compiled library and the R code are of one version.

.onLoad <- function(libname, pkgname) {
  check_version(.Call(ffi_version), getNamespaceVersion(pkgname))
}

# After an update a session may still hold the library of the version before.
check_version <- function(library, code) {
  if (library != code) {
    stop(
      "The compiled code of circleloss is of version ", library, ", its R code of version ", code,
      ": restart R, or install the package again.",
      call. = FALSE
    )
  }
}
