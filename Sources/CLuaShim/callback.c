typedef int shim_unused;
