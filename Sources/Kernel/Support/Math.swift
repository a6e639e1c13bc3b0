import Glibc

/// base^exponent, here so that other files need not import the C library.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
