-- %% outer
x = 1

-- %%% inner
y = 2

-- %%%% innermost name="i"
z = 3
