-- A summary is shown as a table, at the prompt and by print.
print(nn.mlp{784, 100, 10, seed = 1}:summary{1, 28, 28})
-- CHECK: layer  kind              output    macs  parameters
-- CHECK: 1      flatten           [784]                    0
-- CHECK: 2      linear(784, 100)  [100]   78,400      78,500
-- CHECK: 3      relu              [100]                    0
-- CHECK: 4      linear(100, 10)   [10]     1,000       1,010
-- CHECK: 79,510 parameters, 310.6 KiB, 79,400 multiplications per example
show(nn.linear{2, 3, seed = 1}:summary())
-- CHECK: layer  kind          output  macs  parameters
-- CHECK: -      linear(2, 3)  [3]        6           9
-- CHECK: 9 parameters, 36 B, 6 multiplications per example
