typedef int prompt_unused;
