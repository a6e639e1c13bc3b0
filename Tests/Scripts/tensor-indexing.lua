-- Parts of tensors: indices count from 1, ranges include both ends, parts share storage.
local x = tensor{{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}}
show(x)                                  -- CHECK: Tensor [3, 4] int64, 1 to 12, mean 6.5, std 3.606
                                         -- CHECK: {{[{][{]}} 1,  2,  3,  4},
                                         -- CHECK: { 5,  6,  7,  8},
                                         -- CHECK: { 9, 10, 11, 12{{[}][}]}}
print(x[{2, 3}], x[1][-1], #x)           -- CHECK: 7	4	3
local column = x[{ {}, 2 }]              -- {} is a whole axis
column[1] = 20
print(x[1][2])                           -- CHECK: 20
x[{ {1, 2}, {3, 4} }] = 0
show(x[2])                               -- CHECK: Tensor [4] int64, 0 to 6, mean 2.75, std 3.202
                                         -- CHECK: {5, 6, 0, 0}
show(x[x:gt(10)])                        -- CHECK: Tensor [3] int64, 11 to 20, mean 14.33, std 4.933
                                         -- CHECK: {20, 11, 12}
for i, row in ipairs(x) do print(i, row:sum():item()) end
                                         -- CHECK: 1	21
                                         -- CHECK: 2	11
                                         -- CHECK: 3	42
print(select(2, pcall(function() return x[4][1] end)))
                                         -- CHECK: {{.*}}attempt to index a nil value{{.*}}
print(select(2, pcall(function() return x[5] end)))
                                         -- CHECK: {{.*}}index 5 is out of range: outside 1 to 3 (axis 1 of shape [3, 4])
