/* tests/fuzz_replay.c — a main for fuzz targets built without a fuzz engine: runs each file of the named
 * folders. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return -1;
    static uint8_t buf[1 << 20];
    size_t len = fread(buf, 1, sizeof buf, f);
    (void)fclose(f);
    uint8_t *exact = malloc(len == 0 ? 1 : len); /* exact size, so that sanitizers see an overread */
    if (exact == NULL)
        return -1;
    for (size_t i = 0; i < len; i++)
        exact[i] = buf[i];
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return 0;
}

static int replay_folder(const char *folder)
{
    int count = 0;
    DIR *d = opendir(folder);
    if (d == NULL)
        return 0;
    for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d)) {
        char path[4096];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && replay_file(path) == 0)
            count++;
    }
    (void)closedir(d);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += replay_folder(argv[i]);
    if (count == 0) {
        (void)printf("not ok - no corpus found for %s\n", argv[0]);
        return 1;
    }
    (void)printf("ok - %d inputs replayed\n", count);
    return 0;
}
