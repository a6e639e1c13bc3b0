-- ---
-- title: No line between
-- ---
-- %%
x = 1
