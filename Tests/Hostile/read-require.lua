-- attack: find modules elsewhere by another package.path
-- expect: attempt to change the read-only table 'package'
-- code: 1

package.path = "@OUTSIDE@/?.lua"
print("ESCAPED", require("module"))
